module rolecall.example/tools/pod-clients

go 1.24
