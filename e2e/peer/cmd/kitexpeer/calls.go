package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/calls"
)

// callsHandler is testdata/thrift/calls.thrift, which says what each method does.
type callsHandler struct {
	mu       sync.Mutex
	arrived  *sync.Cond
	recorded map[string]int32
}

func newCallsHandler() *callsHandler {
	h := &callsHandler{recorded: map[string]int32{}}
	h.arrived = sync.NewCond(&h.mu)
	return h
}

func (*callsHandler) Hello(context.Context) (string, error) { return "hello", nil }

func (*callsHandler) Ping(context.Context) error { return nil }

func (*callsHandler) Join(_ context.Context, first string, second int32, rest []string, item *calls.Item) (string, error) {
	text := "none"
	if item != nil {
		text = item.Text
	}
	return fmt.Sprintf("%s/%d/%s/%s", first, second, strings.Join(rest, ","), text), nil
}

func (*callsHandler) Touch(context.Context, *calls.Item) error { return nil }

func (*callsHandler) Same(_ context.Context, data []byte) ([]byte, error) {
	if data == nil { // nil is no result at all
		data = []byte{}
	}
	return data, nil
}

func (h *callsHandler) Record(_ context.Context, key string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recorded[key]++
	h.arrived.Broadcast()
	return nil
}

func (h *callsHandler) Recorded(_ context.Context, key string, atLeast int32) (int32, error) {
	enough := time.Now().Add(2 * time.Second)
	timer := time.AfterFunc(time.Until(enough), func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.arrived.Broadcast()
	})
	defer timer.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.recorded[key] < atLeast && time.Now().Before(enough) {
		h.arrived.Wait()
	}
	return h.recorded[key], nil
}

func (*callsHandler) Throw(_ context.Context, which string) (*calls.Item, error) {
	return &calls.Item{Text: which}, exception(which)
}

func (*callsHandler) ThrowVoid(_ context.Context, which string) error { return exception(which) }

func exception(which string) error {
	switch which {
	case "NotFound":
		return &calls.NotFound{Key: "kee", Nearest: []string{"key", "keen"}}
	case "Denied":
		reason, number := "not today", int64(1<<53+1)
		return &calls.Denied{Code: 7, Reason: &reason, Item: &calls.Item{Text: "door", Number: &number}}
	}
	return nil
}

func (*callsHandler) Fail(_ context.Context, message string) (string, error) {
	return "", errors.New(message)
}

func (*callsHandler) FailType(_ context.Context, number int32, message string) (string, error) {
	return "", remote.NewTransErrorWithMsg(number, message)
}

func (*callsHandler) Panic(_ context.Context, message string) (string, error) { panic(message) }

func (*callsHandler) Sleep(_ context.Context, ms int32) (string, error) {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return fmt.Sprintf("slept %d ms", ms), nil
}

func (*callsHandler) Biz(_ context.Context, code int32, message string, extra map[string]string) (*calls.Item, error) {
	return nil, kerrors.NewBizStatusErrorWithExtra(code, message, extra)
}

func (*callsHandler) BizVoid(_ context.Context, code int32, message string, extra map[string]string) error {
	return kerrors.NewBizStatusErrorWithExtra(code, message, extra)
}

func (*callsHandler) Nil(context.Context) (*calls.Item, error) { return nil, nil }

func (*callsHandler) Meta(ctx context.Context, back map[string]string) (*calls.Seen, error) {
	metainfo.SendBackwardValuesFromMap(ctx, back)
	seen := arrived(ctx)
	seen.Transient = orEmpty(metainfo.GetAllValues(ctx))
	seen.Persistent = orEmpty(metainfo.GetAllPersistentValues(ctx))
	return seen, nil
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

type arrivedKey struct{}

// arrivals keeps what came in a TTHeader for Meta.
type arrivals struct{}

func (arrivals) ReadMeta(ctx context.Context, msg remote.Message) (context.Context, error) {
	seen := &calls.Seen{Texts: map[string]string{}, Numbers: map[int16]string{}}
	for key, value := range msg.TransInfo().TransStrInfo() {
		if !strings.HasPrefix(key, metainfo.PrefixTransient) && !strings.HasPrefix(key, metainfo.PrefixPersistent) {
			seen.Texts[key] = value
		}
	}
	for key, value := range msg.TransInfo().TransIntInfo() {
		seen.Numbers[int16(key)] = value
	}
	return context.WithValue(ctx, arrivedKey{}, seen), nil
}

func (arrivals) WriteMeta(ctx context.Context, _ remote.Message) (context.Context, error) {
	return ctx, nil
}

func arrived(ctx context.Context) *calls.Seen {
	if seen, ok := ctx.Value(arrivedKey{}).(*calls.Seen); ok {
		return seen
	}
	return &calls.Seen{Texts: map[string]string{}, Numbers: map[int16]string{}}
}
