locals {
  name = "shop-${var.environment}"

  tags = {
    Environment = var.environment
    Service     = "shop"
  }

  # The database agent has used session tokens since its version 4.
  database_tokens = "required"
}

# The application: a launch template whose tokens are decided by a variable, and the group that launches from it.

resource "aws_launch_template" "app" {
  name_prefix   = "${local.name}-app-"
  image_id      = data.aws_ami.al2.id
  instance_type = "t3.medium"

  vpc_security_group_ids = [aws_security_group.internal.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }

  tag_specifications {
    resource_type = "instance"
    tags          = local.tags
  }
}

resource "aws_autoscaling_group" "app" {
  name_prefix         = "${local.name}-app-"
  min_size            = 2
  max_size            = 6
  vpc_zone_identifier = data.aws_subnets.private.ids

  launch_template {
    id      = aws_launch_template.app.id
    version = "$Latest"
  }
}

# The bastion: nothing says anything about the metadata service.

resource "aws_instance" "bastion" {
  ami                    = data.aws_ami.al2.id
  instance_type          = "t3.micro"
  subnet_id              = data.aws_subnets.private.ids[0]
  vpc_security_group_ids = [aws_security_group.internal.id]

  root_block_device {
    encrypted = true
  }

  tags = merge(local.tags, { Name = "${local.name}-bastion" })
}

# The database: IMDSv2 only, as it should be.

resource "aws_instance" "database" {
  ami                    = data.aws_ami.al2.id
  instance_type          = "r6i.large"
  subnet_id              = data.aws_subnets.private.ids[0]
  vpc_security_group_ids = [aws_security_group.internal.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = local.database_tokens
  }

  tags = merge(local.tags, { Name = "${local.name}-database" })
}

module "build_host" {
  source = "./modules/build-host"

  name      = "${local.name}-build"
  image_id  = data.aws_ami.al2.id
  subnet_id = data.aws_subnets.private.ids[0]
}
