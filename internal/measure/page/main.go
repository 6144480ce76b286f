// Command page measures what a reader waits for: how many bytes the first view of the
// river and of a story has, gzipped, how long the server takes to make it, and how
// Lighthouse scores it where npx is there. Nothing of the product runs by it.
//
//	go run ./internal/measure/page -data /tmp/million.db   # a file of go run ./internal/fill
//	go run ./internal/measure/page -url http://127.0.0.1:8080
//
// It fails where the first view of the river has more than one document, stylesheet and
// script, or more than 60 KB of them.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/server"
)

func main() {
	data := flag.String("data", "", "a data file to serve and measure")
	address := flag.String("url", "", "a running tidings to measure instead")
	times := flag.Int("times", 400, "how often each page is asked for")
	lighthouse := flag.Bool("lighthouse", true, "run Lighthouse, if npx is there")
	flag.Parse()
	if err := measure(context.Background(), *data, *address, *times, *lighthouse); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, data, base string, times int, lighthouse bool) error {
	if (data == "") == (base == "") {
		return errors.New("say either -data or -url; go run ./internal/fill makes a data file")
	}
	if data != "" {
		at, stop, err := serve(data)
		if err != nil {
			return err
		}
		defer stop()
		base = at
	}
	story, err := newest(base)
	if err != nil {
		return err
	}
	pages := []struct{ name, address string }{{"river", base + "/"}, {"story", base + story}}
	var wrong error
	for _, p := range pages {
		w, err := weigh(p.address)
		if err != nil {
			return err
		}
		fmt.Print(w.table(p.name))
		if p.name == "river" {
			wrong = w.tooHeavy()
		}
		median, p99, err := timed(p.address, times)
		if err != nil {
			return err
		}
		fmt.Printf("%s: median %.2f ms, 99th percentile %.2f ms of %d requests over loopback\n\n", p.name, median, p99, times)
	}
	if lighthouse {
		for _, p := range pages {
			err = cmp.Or(err, audit(ctx, p.name, p.address))
		}
	}
	return errors.Join(wrong, err)
}

// idle is a poller that never polls.
type idle struct{ server.Poller }

// Progress implements [server.Poller].
func (idle) Progress() feed.Progress { return feed.Progress{} }

// serve serves a data file on loopback, and asks no publisher for anything.
func serve(data string) (base string, stop func(), err error) {
	if _, err := os.Stat(data); err != nil {
		return "", nil, err
	}
	store, err := boltstore.Open(data, boltstore.Options{})
	if err != nil {
		return "", nil, err
	}
	s, err := server.New(server.Options{Store: store, Poller: idle{}, NoAuth: true, Showing: feed.ShowNothing, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return "", nil, errors.Join(err, store.Close())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, errors.Join(err, store.Close())
	}
	h := &http.Server{Handler: s}
	go func() { _ = h.Serve(l) }()
	return "http://" + l.Addr().String(), func() { s.Close(); _ = h.Close(); _ = store.Close() }, nil
}

var storyPath = regexp.MustCompile(`href="(/story/\d+)[^"]*"`)

// newest is the path of the first story of the river.
func newest(base string) (string, error) {
	b, _, err := get(base+"/?view=all", "identity")
	if err != nil {
		return "", err
	}
	m := storyPath.FindSubmatch(b)
	if m == nil {
		return "", fmt.Errorf("%s shows no story", base)
	}
	return string(m[1]), nil
}

// timed asks for a page again and again over one connection.
func timed(address string, times int) (median, p99 float64, err error) {
	var took []time.Duration
	for range times {
		began := time.Now()
		if _, _, err := get(address, "gzip"); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	return at(0.5), at(0.99), nil
}

// get reads what is at an address, in a coding, as it came.
func get(address, coding string) (body []byte, h http.Header, err error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept-Encoding", coding)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	body, err = io.ReadAll(resp.Body)
	return body, resp.Header, err
}
