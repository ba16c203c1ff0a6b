output "app_group" {
  description = "Name of the group that runs the application"
  value       = aws_autoscaling_group.app.name
}

output "database_address" {
  description = "Private address of the database"
  value       = aws_instance.database.private_ip
}
