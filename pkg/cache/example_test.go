package cache_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/idlcall/idlcall/pkg/cache"
)

// What follows from its key alone may be kept for ever.
func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	version := func() string { return "1.0" }
	store := cache.New(cache.Options{Dir: filepath.Join(dir, "cache"), Version: version})

	key := cache.KeyOf("length", "some text")
	store.Put(key, func() ([]byte, error) { return fmt.Append(nil, len("some text")), nil })
	store.Settle() // before the process ends

	entry, ok := store.Get(key)
	fmt.Println(string(entry.Data), ok)
	_, ok = store.Get(cache.KeyOf("length", "another text"))
	fmt.Println(ok)
	// Output:
	// 9 true
	// false
}
