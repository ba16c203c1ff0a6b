FROM ubuntu
ENV A=x
RUN apt-get update && \\
    curl -s U/id > /id
ENTRYPOINT curl U/ep
CMD ["curl", "U/cmd"]
RUN ["curl", "U/run"]
