// Pod-clients plays the programs of many pods from one process: each thread that connects does so in a pod's network
// namespace. It reads one command a line and answers each with one line of JSON.
//
//	add NAME PID ROLE   a pod, by a process that holds its network, and the role it is to have
//	ask NAME...         each asks for its credentials once, as an SDK does: a token, the role's name, the credentials
//	hammer MS           every pod asks again and again, pausing so long, until `stop`
//	stop                ends that, with how often each outcome came
//	open NAME           opens a connection and sends one request on it, without a token
//	reuse NAME          sends the next request on that connection
//
// Outcomes: role (the pod's own), wrong-role, node-role, refused (no connection, or one that was reset), timeout, a status.
// No secret is printed.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	endpoint        = "http://169.254.169.254"
	tokenPath       = "/latest/api/token"
	credentialsPath = "/latest/meta-data/iam/security-credentials/"
	// The AWS SDKs have 1 s; a machine that does all of a cluster at once may be slower than that.
	timeout = 3 * time.Second
)

type pod struct {
	name, role string
	netns      *os.File
	connection *http.Client

	mutex  sync.Mutex
	counts map[string]int
}

var nodeKey = flag.String("node-key", "", "the access key ID of the node's own credentials")

func main() {
	flag.Parse()
	host, err := os.Open("/proc/self/ns/net")
	if err != nil {
		fail(err)
	}
	pods := map[string]*pod{}
	stop := func() {}
	var hammering sync.WaitGroup
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "add":
			netns, err := os.Open("/proc/" + words[2] + "/ns/net")
			if err != nil {
				fail(err)
			}
			pods[words[1]] = &pod{name: words[1], role: words[3], netns: netns, counts: map[string]int{}}
			say("added")
		case "ask":
			outcomes := map[string]string{}
			var mutex sync.Mutex
			var asking sync.WaitGroup
			for _, name := range words[1:] {
				asking.Add(1)
				go func() {
					defer asking.Done()
					outcome := pods[name].ask(host)
					mutex.Lock()
					defer mutex.Unlock()
					outcomes[name] = outcome
				}()
			}
			asking.Wait()
			say(outcomes)
		case "hammer":
			pause, _ := strconv.Atoi(words[1])
			ending, cancel := context.WithCancel(context.Background())
			stop = cancel
			for _, one := range pods {
				hammering.Add(1)
				go func() {
					defer hammering.Done()
					one.hammer(ending, host, time.Duration(pause)*time.Millisecond)
				}()
			}
			say("hammering")
		case "stop":
			stop()
			hammering.Wait()
			total := map[string]int{}
			for _, one := range pods {
				for outcome, count := range one.counts {
					total[outcome] += count
				}
				one.counts = map[string]int{}
			}
			say(total)
		case "open":
			one := pods[words[1]]
			one.connection = one.client(host, false)
			say(one.get(one.connection, credentialsPath, ""))
		case "reuse":
			one := pods[words[1]]
			say(one.get(one.connection, credentialsPath, ""))
		default:
			fail(fmt.Errorf("no command %s", words[0]))
		}
	}
}

func (p *pod) hammer(ending context.Context, host *os.File, pause time.Duration) {
	for ending.Err() == nil {
		outcome := p.ask(host)
		p.mutex.Lock()
		p.counts[outcome]++
		p.mutex.Unlock()
		select {
		case <-ending.Done():
		case <-time.After(pause):
		}
	}
}

// Ask does what an SDK does at its start, each request on a connection of its own.
func (p *pod) ask(host *os.File) string {
	client := p.client(host, true)
	token, outcome := p.send(client, http.MethodPut, tokenPath, "")
	if outcome != "" {
		return outcome
	}
	name, outcome := p.send(client, http.MethodGet, credentialsPath, token)
	if outcome != "" {
		return outcome
	}
	if _, outcome = p.send(client, http.MethodGet, credentialsPath+name, token); outcome != "" {
		return outcome
	}
	if name != p.role {
		return "wrong-role"
	}
	return "role"
}

func (p *pod) get(client *http.Client, path, token string) string {
	if _, outcome := p.send(client, http.MethodGet, path, token); outcome != "" {
		return outcome
	}
	return "200"
}

// Send gives the body, or an outcome that ends the attempt.
func (p *pod) send(client *http.Client, method, path, token string) (body, outcome string) {
	request, err := http.NewRequest(method, endpoint+path, nil)
	if err != nil {
		fail(err)
	}
	if method == http.MethodPut {
		request.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "60")
	} else if token != "" {
		request.Header.Set("X-aws-ec2-metadata-token", token)
	}
	response, err := client.Do(request)
	if err != nil {
		return "", outcomeOf(err)
	}
	defer response.Body.Close()
	bytes, err := io.ReadAll(response.Body)
	if err != nil {
		return "", outcomeOf(err)
	}
	if strings.Contains(string(bytes), *nodeKey) {
		return "", "node-role"
	}
	if response.StatusCode != http.StatusOK {
		return "", strconv.Itoa(response.StatusCode)
	}
	return string(bytes), ""
}

func outcomeOf(err error) string {
	var asNet net.Error
	if errors.As(err, &asNet) && asNet.Timeout() {
		return "timeout"
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "refused"
	}
	return err.Error()
}

// Client connects from the pod's network.
func (p *pod) client(host *os.File, closes bool) *http.Client {
	dialer := &net.Dialer{Timeout: timeout}
	return &http.Client{Timeout: timeout, Transport: &http.Transport{
		DisableKeepAlives: closes,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			// A socket belongs to the network of the thread that makes it, for good.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			if err := enter(p.netns); err != nil {
				return nil, err
			}
			defer func() {
				if err := enter(host); err != nil {
					fail(err)
				}
			}()
			return dialer.DialContext(ctx, network, address)
		},
	}}
}

func enter(netns *os.File) error {
	if _, _, errno := syscall.RawSyscall(sysSetns, netns.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
		return errno
	}
	return nil
}

func say(fact any) {
	line, err := json.Marshal(fact)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
