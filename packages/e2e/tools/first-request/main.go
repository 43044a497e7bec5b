// First-request asks the instance metadata service for credentials as the very first thing its container does, the way
// an AWS SDK does (IMDSv2: a token, the role's name, the credentials), once, without a retry. It prints one JSON
// line with the time each request took, and writes the same line where Kubernetes looks for a termination message.
//
// The secret key and the session token are never printed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const (
	tokenPath       = "/latest/api/token"
	credentialsPath = "/latest/meta-data/iam/security-credentials/"
)

type step struct {
	Name   string  `json:"name"`
	Status int     `json:"status,omitempty"`
	Ms     float64 `json:"ms"`
	Error  string  `json:"error,omitempty"`
}

type result struct {
	OK          bool      `json:"ok"`
	StartedAt   time.Time `json:"startedAt"`
	TotalMs     float64   `json:"totalMs"`
	Steps       []step    `json:"steps"`
	Role        string    `json:"role,omitempty"`
	AccessKeyID string    `json:"accessKeyId,omitempty"`
	Expiration  string    `json:"expiration,omitempty"`
}

func main() {
	endpoint := flag.String("endpoint", "http://169.254.169.254", "the metadata service")
	timeout := flag.Duration("timeout", time.Second, "limit of each request; the SDKs' default is 1s")
	stay := flag.Bool("stay", false, "live on until SIGTERM after the answer, so that the pod stays")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	outcome := ask(&http.Client{Timeout: *timeout, Transport: &http.Transport{}}, strings.TrimRight(*endpoint, "/"))
	line, err := json.Marshal(outcome)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(line))
	// The kubelet mounts this file; outside a pod there is none, and that is no failure.
	if file, err := os.OpenFile("/dev/termination-log", os.O_WRONLY|os.O_TRUNC, 0); err == nil {
		_, _ = file.Write(line)
		_ = file.Close()
	}
	if *stay {
		<-stop
	}
	if !outcome.OK {
		os.Exit(1)
	}
}

// ask runs the three requests and stops at the first that fails.
func ask(client *http.Client, endpoint string) (outcome result) {
	outcome.StartedAt = time.Now().UTC()
	outcome.Steps = []step{}
	defer func() { outcome.TotalMs = milliseconds(time.Since(outcome.StartedAt)) }()

	request := func(name, method, path string, headers map[string]string) (string, bool) {
		begin := time.Now()
		status, body, err := send(client, method, endpoint+path, headers)
		done := step{Name: name, Status: status, Ms: milliseconds(time.Since(begin))}
		if err != nil {
			done.Error = err.Error()
		} else if status != http.StatusOK {
			done.Error = "status is not 200"
		}
		outcome.Steps = append(outcome.Steps, done)
		return body, done.Error == ""
	}

	token, ok := request("token", http.MethodPut, tokenPath, map[string]string{"X-aws-ec2-metadata-token-ttl-seconds": "21600"})
	if !ok {
		return outcome
	}
	proof := map[string]string{"X-aws-ec2-metadata-token": token}
	names, ok := request("role", http.MethodGet, credentialsPath, proof)
	if !ok {
		return outcome
	}
	outcome.Role, _, _ = strings.Cut(strings.TrimSpace(names), "\n")
	document, ok := request("credentials", http.MethodGet, credentialsPath+outcome.Role, proof)
	if !ok {
		return outcome
	}
	var credentials struct{ Code, AccessKeyId, Expiration string }
	if err := json.Unmarshal([]byte(document), &credentials); err != nil {
		// Not err itself: it quotes the body, which holds the secret key.
		outcome.Steps[len(outcome.Steps)-1].Error = "the credentials are not a JSON object"
		return outcome
	}
	outcome.AccessKeyID, outcome.Expiration = credentials.AccessKeyId, credentials.Expiration
	if outcome.OK = credentials.Code == "Success" && credentials.AccessKeyId != ""; !outcome.OK {
		outcome.Steps[len(outcome.Steps)-1].Error = "the credentials say no success"
	}
	return outcome
}

func send(client *http.Client, method, url string, headers map[string]string) (int, string, error) {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, "", err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return response.StatusCode, string(body), err
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration.Microseconds()) / 1000
}
