FROM stand-in/debian
RUN apt-get update -q && apt-get install -qy --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/* \
  && python3 -m venv /opt/localstack
COPY requirements.txt /tmp/requirements.txt
RUN /opt/localstack/bin/pip install --quiet --no-cache-dir --no-deps --cert /etc/ssl/certs/ca-certificates.crt \
  -r /tmp/requirements.txt
# LocalStack sends and downloads nothing by itself.
ENV GATEWAY_LISTEN=0.0.0.0:4566 DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0
EXPOSE 4566
ENTRYPOINT ["/opt/localstack/bin/python", "-m", "localstack.runtime.main"]
