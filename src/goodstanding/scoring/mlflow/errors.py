"""What is refused of an MLflow registry and its models, and how each refusal is mended."""

from goodstanding.core.errors import Refusal


class ModelUriUnknown(Refusal):
    """{uri!r} names no registered model."""

    code = "model_uri_unknown"
    mend = "Write models:/NAME/VERSION or models:/NAME@ALIAS. Stages move, so they are not read."


class RegistryUnknown(Refusal):
    """{tracking!r} is no tracking server or database of MLflow that is read here."""

    code = "registry_unknown"
    mend = "Give https://host, http://host:5000 or sqlite:///path/to/mlflow.db."


class RegistryAway(Refusal):
    """The registry {tracking} did not answer: {why}."""

    code = "registry_away"
    status = 503
    mend = "Check the address and the network, and MLFLOW_TRACKING_TOKEN where it asks for one."


class ModelNotRegistered(Refusal):
    """The registry {tracking} has no {uri}."""

    code = "model_not_registered"
    status = 404
    mend = "Register the version, or name one that is: `models:/NAME/VERSION`."


class FilesOutOfReach(Refusal):
    """The files of {uri} lie at {location}, which is not read here."""

    code = "model_files_out_of_reach"
    mend = (
        "Let the tracking server hand them out (mlflow server --serve-artifacts), or download"
        " them (mlflow artifacts download) and give the folder by --folder."
    )


class FileAbsent(Refusal):
    """{uri} holds no file {file}."""

    code = "model_file_absent"
    status = 404
    mend = "Log the model again: a logged model has a file MLmodel that names its parts."


class ModelIsAProgram(Refusal):
    """{uri} is kept as {flavours}, which is a program and no data: {why}."""

    code = "model_is_a_program"
    mend = (
        "Log the trees themselves: mlflow.lightgbm.log_model(model.booster_, ...) of a wrapper of"
        " scikit-learn, or log_model(booster, ...) of a Booster. A pickle is never loaded."
    )


class ModelNotReadable(Refusal):
    """{uri} cannot be taken over: {why}."""

    code = "model_not_readable"
    mend = (
        "Train a binary LightGBM model (objective binary) on named columns, with its texts as"
        " pandas categories, and log it with a signature."
    )
