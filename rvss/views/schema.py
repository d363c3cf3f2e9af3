from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny


class ApiSchema(SpectacularAPIView):
    """OpenAPI of what the API offers; public, as the API is."""

    permission_classes = [AllowAny]
    authentication_classes = []
    content_negotiation_class = DefaultContentNegotiation  # YAML or JSON, as asked
