variable "region" {
  description = "Region that the shop runs in"
  type        = string
  default     = "eu-west-1"
}

variable "environment" {
  description = "Name of the environment"
  type        = string
  default     = "staging"
}

variable "vpc_name" {
  description = "Name tag of the network that all of it is in"
  type        = string
  default     = "shop"
}

variable "http_tokens" {
  description = "Whether the instance metadata service of the application requires session tokens"
  type        = string
  default     = "optional"
}
