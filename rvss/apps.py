from django.apps import AppConfig


class RvssConfig(AppConfig):
    name = "rvss"

    def ready(self) -> None:
        from rvss import checks  # noqa: F401 - registers them
