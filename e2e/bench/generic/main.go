// Command generic calls one method with Kitex's JSON generic client, as kitexcall
// does, and prints the answer. It is what bench compares idlcall with: kitexcall
// itself cannot be had from the module proxy. Its arguments are an IDL, an address,
// a method, a document, and how many times to call, one call after the other.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/client/genericclient"
	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/transport"
)

func main() {
	times := 1
	var err error
	if len(os.Args) > 5 {
		times, err = strconv.Atoi(os.Args[5])
	}
	if err == nil {
		err = call(os.Args[1], os.Args[2], os.Args[3], os.Args[4], times)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generic:", err)
		os.Exit(1)
	}
}

func call(idl, address, method, document string, times int) error {
	provider, err := generic.NewThriftFileProviderWithDynamicGo(idl)
	if err != nil {
		return err
	}
	g, err := generic.JSONThriftGeneric(provider)
	if err != nil {
		return err
	}
	c, err := genericclient.NewClient("bench", g, client.WithHostPorts(address), client.WithTransportProtocol(transport.TTHeader))
	if err != nil {
		return err
	}
	for range times {
		reply, err := c.GenericCall(context.Background(), method, document)
		if err != nil {
			return err
		}
		fmt.Println(reply)
	}
	return nil
}
