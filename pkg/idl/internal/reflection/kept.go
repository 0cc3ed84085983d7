package reflection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// Answers are what servers have said, on disk.
type Answers struct {
	Store *cache.Store
	// Server is all that may change an answer, but for the metadata and the version
	// that a Client asks with.
	Server string
	// MaxAge is how old an answer may be. With 0 none is read; what the server says is
	// kept nevertheless.
	MaxAge time.Duration
	// Used is told, once, how old an answer is that is used.
	Used func(age time.Duration)
}

// Kept is a Client that knows what the server has said before. Age, Contradicts and Drop
// may be called at any time, for which there is a lock; the rest is as of a Client.
type Kept struct {
	*Client

	answers Answers
	files   map[string][]byte // that were used, by name

	mu      sync.Mutex
	oldest  time.Time   // of what was used; zero where nothing was
	used    []cache.Key // to be dropped
	differs bool
}

// Keep lets a client use answers, and add to them.
func Keep(c *Client, a Answers) *Kept {
	return &Kept{Client: c, answers: a, files: map[string][]byte{}}
}

// Age is that of the oldest answer that was used; ok is false where none was.
func (k *Kept) Age() (age time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Since(k.oldest), !k.oldest.IsZero()
}

// errDiffers ends a question whose answer does not go with what was used.
var errDiffers = errors.New("server reflection: a file is not what it was")

// Contradicts reports whether the server has sent a file that is not what an answer
// has that was used.
func (k *Kept) Contradicts() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.differs
}

// Drop removes the answers that were used.
func (k *Kept) Drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.used {
		k.answers.Store.Drop(key)
	}
	k.used = nil
}

// key is that of one question. Metadata may be a secret: it is part of a digest.
func (k *Kept) key(question, value string) cache.Key {
	parts := []string{"reflection 1", k.answers.Server, fmt.Sprint(k.alpha, k.only), question, value}
	for _, p := range k.md {
		parts = append(parts, p.Name, p.Value)
	}
	return cache.KeyOf(parts...)
}

// recall is the answer to a question, if there is one that is young enough.
func (k *Kept) recall(key cache.Key) [][]byte {
	if k.answers.MaxAge <= 0 {
		return nil
	}
	e, ok := k.answers.Store.Get(key)
	age := time.Since(e.Made)
	if !ok || age < 0 || age > k.answers.MaxAge {
		return nil
	}
	list, err := rawdesc.Files(e.Data)
	if err != nil || len(list) == 0 {
		return nil
	}
	if k.use(key, e.Made) && k.answers.Used != nil {
		k.answers.Used(age)
	}
	return list
}

// use notes that an answer is used, and reports whether it is the first.
func (k *Kept) use(key cache.Key, made time.Time) (first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first = k.oldest.IsZero()
	if first || made.Before(k.oldest) {
		k.oldest = made
	}
	k.used = append(k.used, key)
	return first
}

// keep adds an answer; that there is none is not kept.
func (k *Kept) keep(key cache.Key, list [][]byte) {
	if len(list) == 0 {
		return
	}
	k.answers.Store.Put(key, func() ([]byte, error) {
		var set []byte
		for _, item := range list {
			set = rawdesc.AppendField(set, 1, item)
		}
		return set, nil
	})
}

// ask asks a question about files.
func (k *Kept) ask(question, value string, ask func() ([][]byte, error)) ([][]byte, error) {
	key := k.key(question, value)
	if list := k.recall(key); list != nil {
		for _, raw := range list {
			k.files[rawdesc.Name(raw)] = raw
		}
		return list, nil
	}
	list, err := ask()
	if err != nil {
		return nil, err
	}
	for _, raw := range list {
		if known, ok := k.files[rawdesc.Name(raw)]; ok && !bytes.Equal(known, raw) {
			k.mu.Lock()
			k.differs = true
			k.mu.Unlock()
			return nil, errDiffers
		}
	}
	k.keep(key, list)
	return list, nil
}

// Services lists the services of the server; see Client.Services.
func (k *Kept) Services(ctx context.Context) ([]string, error) {
	if k.list == nil {
		for _, name := range k.recall(k.key("services", "")) {
			k.list = append(k.list, string(name))
		}
	}
	asked := k.list == nil
	names, err := k.Client.Services(ctx)
	if asked && err == nil {
		list := make([][]byte, len(names))
		for i, name := range names {
			list[i] = []byte(name)
		}
		k.keep(k.key("services", ""), list)
	}
	return names, err
}

// Symbol returns the files of a symbol; see Client.Symbol.
func (k *Kept) Symbol(ctx context.Context, name string) ([][]byte, error) {
	return k.ask("symbol", name, func() ([][]byte, error) { return k.Client.Symbol(ctx, name) })
}

// File returns a file; see Client.File.
func (k *Kept) File(ctx context.Context, name string) ([][]byte, error) {
	return k.ask("file", name, func() ([][]byte, error) { return k.Client.File(ctx, name) })
}

// Extension returns the files of an extension; see Client.Extension.
func (k *Kept) Extension(ctx context.Context, message string, number int32) ([][]byte, error) {
	return k.ask("extension", fmt.Sprint(message, " ", number), func() ([][]byte, error) {
		return k.Client.Extension(ctx, message, number)
	})
}
