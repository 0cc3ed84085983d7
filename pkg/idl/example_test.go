package idl_test

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl"
)

// A name that nobody has is answered with those that were probably meant.
func ExampleNearest() {
	methods := []string{"shop.Shop/Buy", "shop.Shop/Refund", "echo.Echo/Call"}
	err := &idl.NotFoundError{Kind: "method", Name: "Shop/Refnd", Nearest: idl.Nearest("Shop/Refnd", methods)}
	fmt.Println(err.Nearest[0])
	// Output: shop.Shop/Refund
}
