locals {
  kms_key_arns = var.kms_key_id == null ? [] : [var.kms_key_id]
}

# The calls of the processor, only on its queue. GetQueueUrl is for QUEUE_NAME; with QUEUE_URL it is not called.
data "aws_iam_policy_document" "processor" {
  statement {
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
    ]
    resources = [aws_sqs_queue.events.arn]
  }
  # For the metric of dead letters; the processor works without it.
  statement {
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.dead_letter.arn]
  }
  dynamic "statement" {
    for_each = local.kms_key_arns
    content {
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

data "aws_iam_policy_document" "producer" {
  statement {
    actions   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.events.arn]
  }
  dynamic "statement" {
    for_each = local.kms_key_arns
    content {
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

# "admin doctor" and "admin queue redrive", for people and not for the daemon.
data "aws_iam_policy_document" "operator" {
  statement {
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
  }
  statement {
    actions = [
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListDeadLetterSourceQueues",
      "sqs:StartMessageMoveTask",
      "sqs:ListMessageMoveTasks",
      "sqs:CancelMessageMoveTask",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
    ]
    resources = [aws_sqs_queue.dead_letter.arn]
  }
  dynamic "statement" {
    for_each = local.kms_key_arns
    content {
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

# The depth of the queue, from which KEDA derives the number of processors.
data "aws_iam_policy_document" "keda" {
  statement {
    actions   = ["sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.events.arn]
  }
}

resource "aws_iam_policy" "this" {
  for_each = {
    processor = data.aws_iam_policy_document.processor.json
    producer  = data.aws_iam_policy_document.producer.json
    operator  = data.aws_iam_policy_document.operator.json
    keda      = data.aws_iam_policy_document.keda.json
  }
  name        = "${var.name}-${each.key}"
  description = "What the ${each.key} of the queue ${var.name} needs, and no more."
  policy      = each.value
  tags        = var.tags
}
