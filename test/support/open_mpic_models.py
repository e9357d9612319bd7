"""Parses messages with the models of the Open MPIC reference, one JSON object per line; see open-mpic-models.ts."""

import json
import sys

from open_mpic_core import MpicCaaRequest, MpicCaaResponse, MpicDcvRequest, MpicDcvResponse
from open_mpic_core.common_domain.check_response import CaaCheckResponse, DcvCheckResponse
from open_mpic_core.mpic_coordinator.messages.mpic_request_validation_messages import MpicRequestValidationMessages
from pydantic import ValidationError

MODELS = {
    model.__name__: model
    for model in (
        MpicCaaRequest,
        MpicDcvRequest,
        MpicCaaResponse,
        MpicDcvResponse,
        CaaCheckResponse,
        DcvCheckResponse,
    )
}


def read(row):
    if row["model"] == "issue_types":
        return {"ok": True, "text": json.dumps([message.key for message in MpicRequestValidationMessages])}
    try:
        parsed = MODELS[row["model"]].model_validate_json(row["text"])
    except ValidationError as error:
        return {"ok": False, "error": str(error)[:2000]}
    # The reference serialises only members that it knows.
    return {"ok": True, "text": parsed.model_dump_json()}


for line in sys.stdin:
    print(json.dumps(read(json.loads(line))), flush=True)
