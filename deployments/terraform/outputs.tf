output "queue_url" {
  description = "QUEUE_URL of processor, producers and admin."
  value       = aws_sqs_queue.events.url
}

output "dead_letter_queue_url" {
  description = "Where SQS puts what was never committed."
  value       = aws_sqs_queue.dead_letter.url
}

output "policy_arns" {
  description = "To attach to the roles of processor, producers, operators and KEDA's operator."
  value       = { for name, policy in aws_iam_policy.this : name => policy.arn }
}

output "alarms_go_to" {
  description = "What alarms are told to; empty when they tell nobody."
  value       = local.alarm_actions
}
