variable "name" {
  description = "Name of the host"
  type        = string
}

variable "image_id" {
  description = "Image that the host starts from"
  type        = string
}

variable "subnet_id" {
  description = "Subnet that the host is in"
  type        = string
}

variable "hardened" {
  description = "Turn off what old builds still need"
  type        = bool
  default     = false
}
