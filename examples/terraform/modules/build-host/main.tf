resource "aws_instance" "this" {
  ami           = var.image_id
  instance_type = "m6i.xlarge"
  subnet_id     = var.subnet_id

  metadata_options {
    http_tokens                 = var.hardened ? "required" : "optional"
    http_put_response_hop_limit = 2 # builds run in containers
  }

  tags = {
    Name = var.name
  }
}
