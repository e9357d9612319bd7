#!/usr/bin/env bash
# Creates the tables and queues of compose.yaml in its emulator. What is there already stays.
set -euo pipefail

table() { aws dynamodb create-table --region eu-west-1 --billing-mode PAY_PER_REQUEST --table-name "$@" >/dev/null || aws dynamodb describe-table --region eu-west-1 --table-name "$1" >/dev/null; }
queue() { aws sqs create-queue --region "$1" --queue-name "$2" --attributes "$3" >/dev/null; }

table mpic-requests --attribute-definitions AttributeName=request_id,AttributeType=S --key-schema AttributeName=request_id,KeyType=HASH
table mpic-results --attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=N \
  --key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE

queue eu-west-1 mpic-deadlines VisibilityTimeout=30,MessageRetentionPeriod=1209600
queue eu-west-1 mpic-wake-ups VisibilityTimeout=30,MessageRetentionPeriod=3600
for region in us-east-1 us-west-2 eu-west-1 eu-central-1 ap-northeast-1 sa-east-1; do
  queue "$region" "mpic-jobs-$region" VisibilityTimeout=30,MessageRetentionPeriod=3600
done
