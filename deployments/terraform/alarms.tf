# docs/operations.md says what each alarm means and what to do.

# Alarms notify your own topics and the like, and a topic created here, which sends mails.
locals {
  alarm_actions = concat(var.alarm_actions, aws_sns_topic.alarms[*].arn)
}

resource "aws_sns_topic" "alarms" {
  count = length(var.alarm_emails) > 0 ? 1 : 0
  name  = "${var.name}-alarms"
  tags  = var.tags
}

# Each address gets a mail with a link to confirm it; until then it gets no alarms.
resource "aws_sns_topic_subscription" "mails" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = each.value
}

check "alarms_have_somewhere_to_go" {
  assert {
    condition     = length(var.alarm_emails) + length(var.alarm_actions) > 0
    error_message = "Alarms tell nobody: set alarm_emails, or alarm_actions to the ARN of an SNS topic."
  }
}

resource "aws_cloudwatch_metric_alarm" "oldest_message" {
  alarm_name          = "${var.name}-oldest-message"
  alarm_description   = "Events of ${var.name} wait too long: too few processors, or they cannot store."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.events.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.oldest_message_alarm_seconds
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  # A queue that is unused for hours sends no metrics.
  treat_missing_data = "notBreaching"
  alarm_actions      = local.alarm_actions
  ok_actions         = local.alarm_actions
  tags               = var.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "A message of ${var.name} was received ${var.max_receive_count} times and never committed."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = var.tags
}
