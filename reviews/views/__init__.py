from reviews.views.methodology import MethodologyShow
from reviews.views.reports import (
    ReportDownload,
    ReportList,
    ReportRetry,
    ReportShow,
    ReportStart,
)
from reviews.views.take_up import (
    ChartShow,
    SummaryChart,
    SummaryShow,
    SummarySpreadsheet,
    SummaryTable,
    TableDownload,
    TakeUpShow,
    TakeUpSpreadsheet,
)

__all__ = [
    "ChartShow",
    "MethodologyShow",
    "ReportDownload",
    "ReportList",
    "ReportRetry",
    "ReportShow",
    "ReportStart",
    "SummaryChart",
    "SummaryShow",
    "SummarySpreadsheet",
    "SummaryTable",
    "TableDownload",
    "TakeUpShow",
    "TakeUpSpreadsheet",
]
