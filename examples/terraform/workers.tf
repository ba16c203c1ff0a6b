# What is left of the first version: workers from a launch configuration. Tokens are required here, and yet they are
# not, because the provider sends none of the options unless http_endpoint is set.

resource "aws_launch_configuration" "worker" {
  name_prefix     = "${local.name}-worker-"
  image_id        = data.aws_ami.al2.id
  instance_type   = "c6i.large"
  security_groups = [aws_security_group.internal.id]

  metadata_options {
    http_tokens = "required"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "worker" {
  name_prefix          = "${local.name}-worker-"
  min_size             = 0
  max_size             = 20
  vpc_zone_identifier  = data.aws_subnets.private.ids
  launch_configuration = aws_launch_configuration.worker.name
}

# Spare capacity at night. A spot request takes metadata options in Terraform, and drops them.

resource "aws_spot_instance_request" "night" {
  ami                  = data.aws_ami.al2.id
  instance_type        = "c6i.xlarge"
  spot_price           = "0.08"
  wait_for_fulfillment = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  tags = local.tags
}
