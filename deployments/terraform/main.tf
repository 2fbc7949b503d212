# The queue, its dead-letter queue, and the policies for them:
#
#   terraform init && terraform apply -var name=events -var 'alarm_emails=["operations@example.com"]'
#   terraform output                       prints QUEUE_URL, and the policies to attach to the roles
#   QUEUE_URL=… npm run admin -- doctor
#
# Roles are not created here: who may assume them depends on where the programs run.

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${var.name}-dead-letter"
  message_retention_seconds = var.retention_seconds
  sqs_managed_sse_enabled   = var.kms_key_id == null ? true : null
  kms_master_key_id         = var.kms_key_id
  tags                      = var.tags
}

resource "aws_sqs_queue" "events" {
  name                       = var.name
  message_retention_seconds  = var.retention_seconds
  visibility_timeout_seconds = var.visibility_timeout_seconds
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = var.kms_key_id == null ? true : null
  kms_master_key_id          = var.kms_key_id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receive_count
  })
  tags = var.tags
}

# No other queue may use this dead-letter queue.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

# Denies every call without TLS, whatever other policies say.
data "aws_iam_policy_document" "tls_only" {
  for_each = { events = aws_sqs_queue.events.arn, dead_letter = aws_sqs_queue.dead_letter.arn }
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "tls_only" {
  for_each  = { events = aws_sqs_queue.events.url, dead_letter = aws_sqs_queue.dead_letter.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.tls_only[each.key].json
}
