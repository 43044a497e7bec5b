module rolecall.example/tools/first-request

go 1.24
