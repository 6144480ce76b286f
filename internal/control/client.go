package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"tidings/internal/feed"
)

// Client commands a tidings. Make one with [Dial] or [Local].
type Client struct {
	http  http.Client
	close func()
}

// Close ends the connection.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.close()
}

func newClient(dial func(context.Context) (net.Conn, error), closing func()) *Client {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	return &Client{http: http.Client{Transport: t}, close: closing}
}

// Feeds lists the subscriptions by folder and title.
func (c *Client) Feeds(ctx context.Context) (fs []feed.Following, err error) {
	return fs, c.call(ctx, "GET", "/feeds", nil, &fs)
}

// Status tells the sizes of the data.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.call(ctx, "GET", "/stats", nil, &s)
}

// Stories gives a stretch of the river.
func (c *Client) Stories(ctx context.Context, q feed.Query) (p feed.Page, err error) {
	return p, c.call(ctx, "POST", "/stories", q, &p)
}

// Subscribe subscribes to feeds; see poller.Subscribe.
func (c *Client) Subscribe(ctx context.Context, ws []feed.Wish) (as []feed.Addition, err error) {
	return as, c.call(ctx, "POST", "/subscribe", ws, &as)
}

// Discover finds the feeds behind an address.
func (c *Client) Discover(ctx context.Context, address string) (fs []feed.Found, err error) {
	return fs, c.call(ctx, "POST", "/discover", address, &fs)
}

// FullText fetches the text of an entry's page; see poller.FullText.
func (c *Client) FullText(ctx context.Context, entry uint64) (t feed.FullText, err error) {
	return t, c.call(ctx, "POST", "/fulltext", entry, &t)
}

// Remove unsubscribes from a feed.
func (c *Client) Remove(ctx context.Context, id uint64) error {
	return c.call(ctx, "POST", "/remove", id, &struct{}{})
}

// Unsubscribed lists the feeds that can be taken back, the latest first.
func (c *Client) Unsubscribed(ctx context.Context) (fs []feed.Unsubscribed, err error) {
	return fs, c.call(ctx, "GET", "/unsubscribed", nil, &fs)
}

// TakeBack follows a feed again as if it never had been removed.
func (c *Client) TakeBack(ctx context.Context, id uint64) (s feed.Subscription, err error) {
	return s, c.call(ctx, "POST", "/takeback", id, &s)
}

// SetSetting stores a setting; an empty value deletes it.
func (c *Client) SetSetting(ctx context.Context, key string, value []byte) error {
	return c.call(ctx, "POST", "/setting", setting{key, value}, &struct{}{})
}

// ClearSettings deletes the settings whose keys begin with prefix, and gives how
// many there were.
func (c *Client) ClearSettings(ctx context.Context, prefix string) (n int, err error) {
	return n, c.call(ctx, "POST", "/clear", prefix, &n)
}

// Check checks the data file; with repair it rebuilds what can be.
func (c *Client) Check(ctx context.Context, repair bool) (r feed.CheckReport, err error) {
	if repair {
		return r, c.call(ctx, "POST", "/repair", nil, &r)
	}
	return r, c.call(ctx, "GET", "/check", nil, &r)
}

// Backup writes a consistent copy of the data file to w. An error means that
// what was written is not whole.
func (c *Client) Backup(ctx context.Context, w io.Writer) (int64, error) {
	return c.receive(ctx, "/backup", w)
}

// receive writes to w what [handler.send] sends.
func (c *Client) receive(ctx context.Context, path string, w io.Writer) (int64, error) {
	resp, err := c.do(ctx, "GET", path, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(w, resp.Body)
	if err == nil && resp.Trailer.Get(whole) == "" {
		err = feed.WithHint(errors.New("it was cut off"), "the tidings that runs may have stopped, and its log says more; try again")
	}
	return n, err
}

// Poll polls feeds; see poller.Poll.
func (c *Client) Poll(ctx context.Context, r feed.PollRequest, begin func(n int), each func(feed.Outcome)) error {
	return c.follow(ctx, "/poll", r, func(next func(any) error) (bool, error) {
		var l pollLine
		if err := next(&l); err != nil {
			return true, err
		}
		switch {
		case l.Begin != nil:
			begin(*l.Begin)
		case l.Outcome != nil:
			each(*l.Outcome)
		case l.Error != nil:
			return true, l.Error.err()
		}
		return l.End, nil
	})
}

// follow asks a question whose answer are lines, and calls line until it says that
// there are no more.
func (c *Client) follow(ctx context.Context, path string, q any, line func(next func(any) error) (bool, error)) error {
	resp, err := c.do(ctx, "POST", path, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	next := func(v any) error {
		b, err := lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("follow tidings: it went away: %w", err)
		}
		if err := json.Unmarshal(b, v); err != nil {
			return fmt.Errorf("follow tidings: %w", err)
		}
		return nil
	}
	for {
		if over, err := line(next); over || err != nil {
			return err
		}
	}
}

func (c *Client) call(ctx context.Context, method, path string, q, a any) error {
	resp, err := c.do(ctx, method, path, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(a); err != nil {
		return fmt.Errorf("read the answer of tidings: %w", err)
	}
	return nil
}

// do sends a question, a reader as it is and all else as JSON; an answer that is an
// error is returned as one.
func (c *Client) do(ctx context.Context, method, path string, q any) (*http.Response, error) {
	body, raw := q.(io.Reader)
	if q != nil && !raw {
		b, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://tidings"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach tidings: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Message == "" {
		return nil, fmt.Errorf("reach tidings: it answered %s", resp.Status)
	}
	return nil, f.err()
}
