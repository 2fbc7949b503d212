variable "name" {
  description = "Name of the queue. The dead-letter queue is called the same with -dead-letter."
  type        = string
  default     = "events"
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,68}$", var.name))
    error_message = "At most 68 letters, digits, hyphens and underscores, so that -dead-letter still fits."
  }
}

variable "visibility_timeout_seconds" {
  description = "For readers that do not say how long; the processor does, see VISIBILITY_TIMEOUT_SECONDS."
  type        = number
  default     = 60
}

variable "max_receive_count" {
  description = "Receives before SQS moves a message to the dead-letter queue. A restart of a processor may use one up."
  type        = number
  default     = 10
  validation {
    condition     = var.max_receive_count >= 3 && var.max_receive_count <= 1000
    error_message = "From 3 to 1000."
  }
}

variable "retention_seconds" {
  description = "How long messages are kept that nobody takes, in both queues; the most that SQS allows is 14 days."
  type        = number
  default     = 1209600
}

variable "kms_key_id" {
  description = "Key for the encryption at rest. Without it SQS encrypts with a key of its own, at no cost."
  type        = string
  default     = null
}

variable "oldest_message_alarm_seconds" {
  description = "Alarm when a message waits longer than this."
  type        = number
  default     = 300
}

variable "alarm_emails" {
  description = "Mail addresses that alarms and their ends are told to, by an SNS topic that is made for it."
  type        = list(string)
  default     = []
}

variable "alarm_actions" {
  description = "ARNs that alarms and their ends are told to, such as an SNS topic of your own."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}
