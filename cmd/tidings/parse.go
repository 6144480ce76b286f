package main

// The JSON of `tidings parse`: one object for a feed, which other programs read.
// Nothing here decides anything; it shapes what package clean gives.

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"tidings/internal/clean"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/parse"
)

func parseCommand() command {
	return command{
		name: "parse", args: "FILE|-|URL [BASE]", short: "show a feed as tidings understands it, as JSON",
		long: "It is printed after cleaning and sanitising. With --batch a line of standard input is a\n" +
			"request, {\"file\":…,\"base\":…,\"content_type\":…}, and each gets an object on a line.",
		example: "tidings parse https://xkcd.com/atom.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			n := networkFlags(f)
			base := f.String("base", "", "the feed's own `URL`, against which addresses are resolved")
			kind := f.String("content-type", e.getenv("FEED_CONTENT_TYPE"), "the `TYPE` that the server gave with it")
			batch := f.Bool("batch", false, "answer requests from standard input, line by line")
			explain := f.Bool("explain", false, "list on standard error what had to be mended, and give it as \"mended\"")
			return func(ctx context.Context, args []string) error {
				if *batch {
					return e.parseBatch(ctx)
				}
				if err := wantArgs(args, 1, 2, "one feed: a file, a URL, or - for standard input"); err != nil {
					return err
				}
				if len(args) == 2 {
					*base = cmp.Or(*base, args[1])
				}
				return e.parseOne(ctx, n, args[0], *base, *kind, *explain)
			}
		},
	}
}

// parseOne prints one feed; one that is none gives its error and exit code 1.
func (e *env) parseOne(ctx context.Context, n *network, name, base, kind string, explain bool) error {
	var body []byte
	var err error
	switch {
	case name == "-":
		body, err = readFeed(e.stdin)
	case isURL(name):
		web := n.client()
		defer web.Close()
		var resp *fetch.Response
		if resp, err = web.Get(ctx, fetch.Request{URL: name}); err == nil {
			body, base, kind = resp.Body, cmp.Or(base, resp.URL), cmp.Or(kind, resp.ContentType)
		}
	default:
		body, err = readFeedFile(name)
	}
	if err != nil {
		return err
	}
	out, bad := show(body, kind, base, time.Now())
	if explain {
		out.Mended = out.told
		for _, line := range out.told {
			fmt.Fprintln(e.stderr, line)
		}
	}
	if err := e.encoder().Encode(out); err != nil {
		return err
	}
	if bad != nil {
		return errSilent
	}
	return nil
}

// readFeed reads as much of a document as counts, and a byte more that tells that
// there is more.
func readFeed(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, parse.MaxBytes+1)) }

func readFeedFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFeed(f)
}

// encoder writes JSON as people read it, without escapes for HTML.
func (e *env) encoder() *json.Encoder {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	return enc
}

// parseBatch answers requests until standard input ends.
func (e *env) parseBatch(ctx context.Context) error {
	lines, enc := bufio.NewReader(e.stdin), e.encoder()
	for ctx.Err() == nil {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := enc.Encode(answerBatch(line)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func answerBatch(line []byte) shown {
	var r struct {
		File        string `json:"file"`
		Base        string `json:"base"`
		ContentType string `json:"content_type"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return shown{Error: fmt.Sprintf("read the request: %v", err)}
	}
	body, err := readFeedFile(r.File)
	if err != nil {
		return shown{Error: err.Error()}
	}
	out, _ := show(body, r.ContentType, r.Base, time.Now())
	return out
}

type shownFeed struct {
	Format       string        `json:"format,omitempty"`
	Version      string        `json:"version,omitempty"`
	ID           string        `json:"id,omitempty"`
	Title        string        `json:"title,omitempty"`
	Link         string        `json:"link,omitempty"`
	Self         string        `json:"self,omitempty"`
	Description  feed.HTML     `json:"description,omitempty"`
	Language     string        `json:"language,omitempty"`
	Published    string        `json:"published,omitempty"`
	Updated      string        `json:"updated,omitempty"`
	Authors      []feed.Person `json:"authors,omitempty"`
	Contributors []feed.Person `json:"contributors,omitempty"`
	Categories   []string      `json:"categories,omitempty"`
	Links        []feed.Link   `json:"links,omitempty"`
	Image        string        `json:"image,omitempty"`
	Icon         string        `json:"icon,omitempty"`
	Rights       feed.HTML     `json:"rights,omitempty"`
	Generator    string        `json:"generator,omitempty"`
}

type shownItem struct {
	ID           string           `json:"id,omitempty"`
	Title        string           `json:"title,omitempty"`
	Link         string           `json:"link,omitempty"`
	Original     string           `json:"original,omitempty"` // where Link leads by way of a counter; readers go there
	Published    string           `json:"published,omitempty"`
	Updated      string           `json:"updated,omitempty"`
	Authors      []feed.Person    `json:"authors,omitempty"`
	Contributors []feed.Person    `json:"contributors,omitempty"`
	Categories   []string         `json:"categories,omitempty"`
	Summary      feed.HTML        `json:"summary,omitempty"`
	Content      feed.HTML        `json:"content,omitempty"`
	Enclosures   []feed.Enclosure `json:"enclosures,omitempty"`
	Links        []feed.Link      `json:"links,omitempty"`
	Comments     string           `json:"comments,omitempty"`
	Language     string           `json:"language,omitempty"`
	Image        string           `json:"image,omitempty"`
	Media        []string         `json:"media,omitempty"`
	Thumbnails   []string         `json:"thumbnails,omitempty"`
	Source       *feed.Source     `json:"source,omitempty"`
	Rights       feed.HTML        `json:"rights,omitempty"`
}

// shown is the object that `tidings parse` prints.
type shown struct {
	Error string      `json:"error"`
	Links []string    `json:"links,omitempty"`
	Feed  *shownFeed  `json:"feed,omitempty"`
	Items []shownItem `json:"items,omitempty"`

	Mended []string `json:"mended,omitempty"` // with --explain: told
	told   []string // how the document was read, and what was mended
}

// show parses and cleans one body. The error is also in the object.
func show(body []byte, contentType, base string, now time.Time) (shown, error) {
	doc, err := parse.Parse(body, contentType)
	if err != nil {
		out := shown{Error: err.Error()}
		var not *parse.NotFeed
		if errors.As(err, &not) {
			for _, f := range parse.Discover(body, contentType, base) {
				out.Links = append(out.Links, f.URL)
			}
			if len(out.Links) == 0 {
				for _, f := range not.Links {
					out.Links = append(out.Links, f.URL)
				}
			}
		}
		return out, err
	}
	c := clean.New(doc, base, now)
	out := shown{Feed: showFeed(c.Document()), Items: make([]shownItem, c.Len()), told: told(doc)}
	for i := range out.Items {
		e, b, _ := c.Entry(i)
		out.Items[i] = showItem(e, b)
		if doc.Items[i].Original != "" {
			out.Items[i].counted()
		}
	}
	return out, nil
}

// told lists how a document was read, and all that was mended in it.
func told(doc *parse.Document) []string {
	if doc.Charset == "" {
		return doc.Mended
	}
	return append([]string{doc.Charset}, doc.Mended...)
}

func showFeed(d feed.Document) *shownFeed {
	return &shownFeed{Format: d.Format, Version: d.Version, ID: d.ID, Title: d.Title, Link: d.Link, Self: d.Self,
		Description: d.Description, Language: d.Language, Published: instant(d.Published), Updated: instant(d.Updated),
		Authors: d.Authors, Contributors: d.Contributors, Categories: d.Categories, Links: d.Links,
		Image: d.Image, Icon: d.Icon, Rights: d.Rights, Generator: d.Generator}
}

func showItem(e feed.Entry, b feed.Body) shownItem {
	it := shownItem{ID: e.GUID, Title: e.Title, Link: e.URL, Published: instant(e.Published), Updated: instant(e.Updated),
		Authors: e.Authors, Contributors: b.Contributors, Categories: e.Categories, Summary: b.Summary, Content: b.Content,
		Enclosures: e.Enclosures, Links: b.Links, Comments: b.Comments, Language: e.Language, Image: e.Image,
		Media: b.Media, Thumbnails: b.Thumbnails, Rights: b.Rights}
	if e.Source != (feed.Source{}) {
		it.Source = &e.Source
	}
	return it
}

// counted shows the link as the feed has it where that leads to the article by way of a
// counter, such as FeedBurner's, and the feed names the article's own address beside it.
func (it *shownItem) counted() {
	for _, l := range it.Links {
		if l.Rel == "alternate" && l.Href != it.Link {
			it.Link, it.Original = l.Href, it.Link
			return
		}
	}
}

// instant is RFC 3339, empty for the zero time.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
