package config_test

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/config"
)

func Example() {
	f, err := config.Parse("/repo/.idlcall.yaml", []byte(`
defaults: {timeout: 5s}
targets:
  shop: {address: "grpcs://shop.example.com", idl: api/shop.proto}
`), []string{"timeout", "idl"})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := &config.Config{Files: []*config.File{f}}
	shop, err := c.Target("shop")
	fmt.Println(shop.Address.Text, err)
	for _, layer := range c.Layers(shop) {
		for _, s := range layer.Settings {
			fmt.Println(s.Name, s.Values[0].Text)
		}
	}
	// Output:
	// grpcs://shop.example.com <nil>
	// idl api/shop.proto
	// timeout 5s
}
