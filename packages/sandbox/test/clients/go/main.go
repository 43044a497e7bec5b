// The AWS SDK for Go with one client. It looks at its credentials' end with a clock that no program can move, so they are
// invalidated instead. Speaks as ../programs/program.py does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type answer struct {
	Version    string `json:"version,omitempty"`
	Arn        string `json:"arn,omitempty"`
	Expiration int64  `json:"expiration,omitempty"`
	Error      string `json:"error,omitempty"`
}

func main() {
	say := json.NewEncoder(os.Stdout)
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	say.Encode(answer{Version: aws.SDKVersion})
	client := sts.NewFromConfig(settings)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() != "0" {
			settings.Credentials.(*aws.CredentialsCache).Invalidate()
		}
		say.Encode(use(client, settings.Credentials))
	}
}

func use(client *sts.Client, credentials aws.CredentialsProvider) answer {
	who, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return answer{Error: err.Error()}
	}
	held, err := credentials.Retrieve(context.Background())
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Arn: *who.Arn, Expiration: held.Expires.Unix()}
}
