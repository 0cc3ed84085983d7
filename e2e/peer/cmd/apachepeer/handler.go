package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/idlcall/idlcall/e2e/peer/apachegen/thrifttest"
)

// handler does what the handlers of Apache's cross test do (apache/thrift:
// test/README.md), which is to return the argument where nothing else is said.
type handler struct {
	mu      sync.Mutex
	arrived *sync.Cond
	oneways map[string]int
}

func newHandler() *handler {
	h := &handler{oneways: map[string]int{}}
	h.arrived = sync.NewCond(&h.mu)
	return h
}

func (*handler) TestVoid(context.Context) error { return nil }

// TestString knows two words of ours: "header NAME" returns a header of the request
// and sets it in the reply, "oneway SECONDS" returns how often TestOneway came with
// this argument, once it came or 2 s have passed.
func (h *handler) TestString(ctx context.Context, thing string) (string, error) {
	word, rest, _ := strings.Cut(thing, " ")
	switch word {
	case "header":
		return echoHeader(ctx, rest), nil
	case "oneway":
		return h.oneway(rest), nil
	}
	return thing, nil
}

func (*handler) TestBool(_ context.Context, thing bool) (bool, error) { return thing, nil }

func (*handler) TestByte(_ context.Context, thing int8) (int8, error) { return thing, nil }

func (*handler) TestI32(_ context.Context, thing int32) (int32, error) { return thing, nil }

func (*handler) TestI64(_ context.Context, thing int64) (int64, error) { return thing, nil }

func (*handler) TestDouble(_ context.Context, thing float64) (float64, error) { return thing, nil }

func (*handler) TestBinary(_ context.Context, thing []byte) ([]byte, error) { return thing, nil }

func (*handler) TestUuid(_ context.Context, thing thrift.Tuuid) (thrift.Tuuid, error) {
	return thing, nil
}

func (*handler) TestStruct(_ context.Context, thing *thrifttest.Xtruct) (*thrifttest.Xtruct, error) {
	return thing, nil
}

func (*handler) TestNest(_ context.Context, thing *thrifttest.Xtruct2) (*thrifttest.Xtruct2, error) {
	return thing, nil
}

func (*handler) TestMap(_ context.Context, thing map[int32]int32) (map[int32]int32, error) {
	return thing, nil
}

func (*handler) TestStringMap(_ context.Context, thing map[string]string) (map[string]string, error) {
	return thing, nil
}

func (*handler) TestSet(_ context.Context, thing []int32) ([]int32, error) { return thing, nil }

func (*handler) TestList(_ context.Context, thing []int32) ([]int32, error) { return thing, nil }

func (*handler) TestEnum(_ context.Context, thing thrifttest.Numberz) (thrifttest.Numberz, error) {
	return thing, nil
}

func (*handler) TestTypedef(_ context.Context, thing thrifttest.UserId) (thrifttest.UserId, error) {
	return thing, nil
}

// TestMapMap returns {-4: {-4: -4, ..., -1: -1}, 4: {1: 1, ..., 4: 4}}.
func (*handler) TestMapMap(context.Context, int32) (map[int32]map[int32]int32, error) {
	m := map[int32]map[int32]int32{-4: {}, 4: {}}
	for i := int32(1); i < 5; i++ {
		m[4][i], m[-4][-i] = i, -i
	}
	return m, nil
}

// TestInsanity returns {1: {TWO: argument, THREE: argument}, 2: {SIX: {}}}.
func (*handler) TestInsanity(_ context.Context, argument *thrifttest.Insanity) (map[thrifttest.UserId]map[thrifttest.Numberz]*thrifttest.Insanity, error) {
	return map[thrifttest.UserId]map[thrifttest.Numberz]*thrifttest.Insanity{
		1: {thrifttest.Numberz_TWO: argument, thrifttest.Numberz_THREE: argument},
		2: {thrifttest.Numberz_SIX: thrifttest.NewInsanity()},
	}, nil
}

// TestMulti returns {"Hello2", arg0, arg1, arg2}.
func (*handler) TestMulti(_ context.Context, arg0 int8, arg1 int32, arg2 int64, _ map[int16]string, _ thrifttest.Numberz, _ thrifttest.UserId) (*thrifttest.Xtruct, error) {
	return &thrifttest.Xtruct{StringThing: "Hello2", ByteThing: arg0, I32Thing: arg1, I64Thing: arg2}, nil
}

// TestException throws Xception if arg says so; "TException" is an error that was
// not declared.
func (*handler) TestException(_ context.Context, arg string) error {
	switch arg {
	case "Xception":
		return &thrifttest.Xception{ErrorCode: 1001, Message: arg}
	case "TException":
		return errors.New("this is a TException")
	}
	return nil
}

// TestMultiException throws what arg0 says; otherwise it returns {arg1}.
func (*handler) TestMultiException(_ context.Context, arg0, arg1 string) (*thrifttest.Xtruct, error) {
	switch arg0 {
	case "Xception":
		return nil, &thrifttest.Xception{ErrorCode: 1001, Message: "This is an Xception"}
	case "Xception2":
		thing := &thrifttest.Xtruct{StringThing: "This is an Xception2"}
		return nil, &thrifttest.Xception2{ErrorCode: 2002, StructThing: thing}
	}
	return &thrifttest.Xtruct{StringThing: arg1}, nil
}

// TestOneway is counted when it comes. It sleeps up to 3 s.
func (h *handler) TestOneway(_ context.Context, seconds int32) error {
	h.mu.Lock()
	h.oneways[fmt.Sprint(seconds)]++
	h.arrived.Broadcast()
	h.mu.Unlock()
	time.Sleep(time.Duration(min(seconds, 3)) * time.Second)
	return nil
}

func (h *handler) oneway(seconds string) string {
	enough := time.Now().Add(2 * time.Second)
	timer := time.AfterFunc(time.Until(enough), func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.arrived.Broadcast()
	})
	defer timer.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.oneways[seconds] == 0 && time.Now().Before(enough) {
		h.arrived.Wait()
	}
	return fmt.Sprint(h.oneways[seconds])
}

// second is SecondService.
type second struct{}

func (second) SecondtestString(_ context.Context, thing string) (string, error) {
	return fmt.Sprintf("testString(%q)", thing), nil
}

type headersKey struct{}

// withHeaders gives handlers the headers of HTTP.
func withHeaders(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		next(w, r.WithContext(context.WithValue(r.Context(), headersKey{}, [2]http.Header{r.Header, w.Header()})))
	}
}

// echoHeader returns a header of HTTP or THeader and sends it back.
func echoHeader(ctx context.Context, name string) string {
	if headers, ok := ctx.Value(headersKey{}).([2]http.Header); ok {
		value := headers[0].Get(name)
		headers[1].Set(name, value)
		return value
	}
	value, _ := thrift.GetHeader(ctx, name)
	if reply, ok := thrift.GetResponseHelper(ctx); ok {
		reply.SetHeader(name, value)
	}
	return value
}
