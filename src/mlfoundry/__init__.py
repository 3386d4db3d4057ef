"""Watch machine-learning models in production: log predictions and actuals, see volume, drift and performance."""

from mlfoundry.client.client import Client, get_client
from mlfoundry.client.counts import Counts, Drop
from mlfoundry.client.delivery import RejectedRow
from mlfoundry.client.models import ModelVersion
from mlfoundry.client.runs import Run
from mlfoundry.client.settings import login
from mlfoundry.errors import (
    AlreadyExists,
    InvalidInput,
    LimitExceeded,
    MissingExtra,
    MlfoundryError,
    NotAllowed,
    NotFound,
    RowsLost,
    Unavailable,
)
from mlfoundry.events import Actual, Prediction, PredictionData
from mlfoundry.ids import generate_hash_from_data, generate_random_id
from mlfoundry.schema import CustomMetric, Feature, ModelSchema
from mlfoundry.version import __version__

__all__ = [
    "Actual",
    "AlreadyExists",
    "Client",
    "Counts",
    "CustomMetric",
    "Drop",
    "Feature",
    "InvalidInput",
    "LimitExceeded",
    "MissingExtra",
    "MlfoundryError",
    "ModelSchema",
    "ModelVersion",
    "NotAllowed",
    "NotFound",
    "Prediction",
    "PredictionData",
    "RejectedRow",
    "RowsLost",
    "Run",
    "Unavailable",
    "__version__",
    "generate_hash_from_data",
    "generate_random_id",
    "get_client",
    "login",
]
