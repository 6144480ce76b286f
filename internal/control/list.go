package control

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"

	"tidings/internal/feed"
)

// change is what to change of a feed.
type change struct {
	Feed   uint64
	Change feed.Change
}

func (h handler) change(ctx context.Context, c change) (feed.Subscription, error) {
	return h.poller.Change(ctx, c.Feed, c.Change)
}

func (h handler) unfollow(ctx context.Context, id uint64) (struct{}, error) {
	return struct{}{}, h.poller.UnfollowList(ctx, id)
}

// Change changes what the reader chose of a feed.
func (c *Client) Change(ctx context.Context, id uint64, ch feed.Change) (s feed.Subscription, err error) {
	return s, c.call(ctx, "POST", "/change", change{id, ch}, &s)
}

// importLine is a line of the answer to the import of a list; one of its parts is
// set.
type importLine struct {
	Line  *feed.ImportLine `json:",omitempty"`
	Sum   *feed.ImportSum  `json:",omitempty"`
	Error *failure         `json:",omitempty"`
}

// importList imports a list: the body, or what stands at an address.
func (h handler) importList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	req := feed.ImportRequest{URL: q.Get("url"), Follow: q.Has("follow"), Folder: q.Get("folder")}
	if req.URL == "" {
		req.Body = r.Body
	}
	lines := newLines(w)
	defer lines.close()
	sum, err := h.poller.Import(r.Context(), req, func(l feed.ImportLine) error {
		lines.write(importLine{Line: &l})
		return nil
	})
	if err != nil {
		f := failureOf(err)
		lines.write(importLine{Error: &f})
		return
	}
	lines.write(importLine{Sum: &sum})
}

// Import subscribes to what an OPML list names; see poller.Import.
func (c *Client) Import(ctx context.Context, r feed.ImportRequest, line func(feed.ImportLine) error) (sum feed.ImportSum, err error) {
	q := url.Values{"url": {r.URL}, "folder": {r.Folder}}
	if r.Follow {
		q.Set("follow", "1")
	}
	err = c.follow(ctx, "/import?"+q.Encode(), cmp.Or(r.Body, io.Reader(http.NoBody)), func(next func(any) error) (bool, error) {
		var l importLine
		if err := next(&l); err != nil {
			return true, err
		}
		switch {
		case l.Line != nil:
			return false, line(*l.Line)
		case l.Error != nil:
			return true, l.Error.err()
		case l.Sum != nil:
			sum = *l.Sum
		}
		return true, nil
	})
	return sum, err
}

// Lists gives the lists that are followed.
func (c *Client) Lists(ctx context.Context) (ls []feed.List, err error) {
	return ls, c.call(ctx, "GET", "/lists", nil, &ls)
}

// PollList polls a followed list now; see poller.PollList.
func (c *Client) PollList(ctx context.Context, id uint64) (report feed.ImportReport, err error) {
	return report, c.call(ctx, "POST", "/lists/poll", id, &report)
}

// UnfollowList ends following a list; its feeds stay.
func (c *Client) UnfollowList(ctx context.Context, id uint64) error {
	return c.call(ctx, "POST", "/lists/unfollow", id, &struct{}{})
}
