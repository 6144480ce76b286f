package opml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"

	"tidings/internal/feed"
)

// Read reads a list. It fails only if r fails, or if what it reads is no OPML at
// all; the error then says what to do. A list that is cut off, broken, or beyond
// the limits gives what came before, and a [Problem].
func Read(r io.Reader, limits Limits) (*List, error) { return ReadAt(r, "", limits) }

// ReadAt reads a list that stands at an address: relative addresses in it are
// taken as relative to that.
func ReadAt(r io.Reader, base string, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	b, broken := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	all := &List{}
	list, err := Scan(Section(b), base, limits, all.add)
	if broken != nil {
		err = fmt.Errorf("read subscription list: %w", broken)
	}
	if list == nil {
		return nil, err
	}
	all.Title, all.Cut = list.Title, list.Cut || broken != nil
	return all, err
}

// Section is a list that is in memory, as [Scan] takes it.
func Section(b []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
}

// Scan reads a list like [ReadAt], and gives each what it holds, piece by piece in
// the order of the list: an [Outline], [Include], [Rule] or [Problem]. It holds no
// more than one tag at a time. What it returns has only Title and Cut. An error of
// each ends it and is returned as it is.
func Scan(r *io.SectionReader, base string, limits Limits, each func(item any) error) (*List, error) {
	limits = limits.withDefaults()
	counted := &io.LimitedReader{R: io.NewSectionReader(r, 0, r.Size()), N: limits.Bytes + 1}
	z, start, err := tokens(counted)
	if err != nil {
		return nil, fmt.Errorf("read subscription list: %w", err)
	}
	rd := &reader{z: z, text: r, limits: limits, line: 1, each: each, base: parse(base), comment: -1}
	err = rd.run()
	rd.list.Cut = counted.N <= 0 || !rd.closed
	switch {
	case rd.refused != nil:
		return nil, rd.refused
	case !rd.isOPML && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, html.ErrBufferExceeded)):
		return nil, notOPML(start, rd.root)
	case counted.N <= 0:
		rd.problem("", fmt.Sprintf("the list is larger than %d MiB; what comes after is not read", limits.Bytes>>20))
	case errors.Is(err, html.ErrBufferExceeded):
		rd.problem("", "a tag or text without end; what comes after is not read")
	case err != nil && !errors.Is(err, io.EOF):
		return &rd.list, fmt.Errorf("read subscription list: %w", err)
	case err != nil && !rd.closed:
		rd.problem("", "the file is cut off here")
	}
	return &rd.list, rd.refused
}

// tokens are those of a list, and its beginning as it is.
func tokens(r io.Reader) (*html.Tokenizer, []byte, error) {
	text, start, err := decode(r)
	if err != nil {
		return nil, nil, err
	}
	z := html.NewTokenizer(text)
	z.SetMaxBuf(maxTag)
	z.AllowCDATA(true)
	return z, start, nil
}

// reader is the state of reading one list.
type reader struct {
	z       *html.Tokenizer
	text    *io.SectionReader // all of it
	limits  Limits
	list    List
	each    func(item any) error
	refused error    // that of each
	base    *url.URL // nil for none
	line    int      // where the present token begins
	attrs   attributes

	root     string   // name of the first element
	isOPML   bool     // there was an opml or outline element
	closed   bool     // the list came to its end
	inHead   bool     // inside of head
	inTitle  bool     // inside of its title
	outlines int      // read so far
	folders  []string // names of the outlines that are open; "" for one without name
	deep     bool     // the problem with the depth has been told
	comment  int      // so many outlines were open when one began that is commented out; -1 for none

	ends  ending // how feeds end in this list; zero until it matters
	fresh bool   // the last tag of an outline began a feed that is open
}

// give hands on what was read.
func (rd *reader) give(item any) {
	if rd.refused == nil {
		rd.refused = rd.each(item)
	}
}

// run reads to the end. It returns nil if it stopped before, at a limit.
func (rd *reader) run() error {
	for {
		kind := rd.z.Next()
		lines := bytes.Count(rd.z.Raw(), []byte{'\n'})
		switch kind {
		case html.ErrorToken:
			return rd.z.Err()
		case html.TextToken:
			if rd.inTitle {
				rd.list.Title = oneLine(rd.list.Title + string(rd.z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if !rd.start(kind == html.SelfClosingTagToken) {
				return nil
			}
		case html.EndTagToken:
			rd.end()
		}
		if rd.refused != nil {
			return nil
		}
		rd.line += lines
	}
}

// start reads a start tag. False means that a limit is reached.
func (rd *reader) start(selfClosing bool) bool {
	rd.z.NextIsNotRawText() // or "<title/>" would swallow the list
	name, more := rd.z.TagName()
	if rd.root == "" {
		rd.root = string(name)
	}
	switch string(name) {
	case "opml":
		rd.isOPML = true
	case "head":
		rd.inHead = !selfClosing
	case "title":
		rd.inTitle = rd.inHead && !selfClosing
	case "body":
		rd.inHead, rd.inTitle = false, false
		rd.rule("", rd.attributes(more))
	case "outline":
		return rd.outline(more, selfClosing)
	}
	return true
}

// end reads an end tag.
func (rd *reader) end() {
	name, _ := rd.z.TagName()
	switch string(name) {
	case "opml":
		rd.closed = true
	case "head":
		rd.inHead, rd.inTitle = false, false
	case "title":
		rd.inTitle = false
	case "outline":
		rd.pop()
	}
}

// pop ends the outline that began last.
func (rd *reader) pop() {
	rd.fresh = false
	if n := len(rd.folders); n > 0 {
		rd.folders = rd.folders[:n-1]
		if rd.comment >= n-1 {
			rd.comment = -1
		}
	}
}

// outline reads an outline: a feed, a folder, another list, or a feed and folder.
// One that is commented out (OPML 2.0, isComment) is skipped, with all in it.
func (rd *reader) outline(more, selfClosing bool) bool {
	rd.isOPML = true
	rd.outlines++
	if rd.outlines > rd.limits.Outlines {
		rd.problem("", fmt.Sprintf("the list has more than %d outlines; the others are not read", rd.limits.Outlines))
		return false
	}
	a := rd.attributes(more)
	isFeed := a["xmlurl"] != ""
	if rd.fresh && rd.ends == endImplied {
		rd.pop()
	}
	rd.fresh = isFeed && !selfClosing
	if rd.fresh && rd.ends == endUnknown {
		rd.ends = endings(rd.text, rd.limits)
	}
	selfClosing = selfClosing || rd.fresh && rd.ends == endNever
	rd.take(a, selfClosing)
	if selfClosing {
		return true
	}
	rd.folders = append(rd.folders, folderName(a))
	if len(rd.folders) > rd.limits.Depth && !rd.deep {
		rd.deep = true
		rd.problem(a.name(), fmt.Sprintf("folders are nested more than %d deep; what is deeper is put into the last of them", rd.limits.Depth))
	}
	if !isFeed && rd.comment < 0 {
		rd.rule(rd.folder(), a)
	}
	return true
}

// take takes an outline in, unless it is commented out.
func (rd *reader) take(a attributes, selfClosing bool) {
	if rd.comment < 0 && a["iscomment"] == "true" {
		rd.problem(a.name(), "it is commented out in the list, with everything in it")
		rd.comment = len(rd.folders)
	}
	if rd.comment < 0 {
		rd.feed(a)
	} else if selfClosing && rd.comment == len(rd.folders) {
		rd.comment = -1
	}
}

// problem notes what could not be used.
func (rd *reader) problem(text, reason string) {
	const longest = 200
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	rd.give(Problem{Line: rd.line, Text: text, Reason: reason})
}

// valid makes UTF-8 of a value. Where a list says nothing of its encoding, or
// says UTF-8 and is not, it is what Windows wrote.
func valid(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

// oneLine folds white space, and leaves out control characters.
func oneLine(s string) string {
	if isOneLine(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// isOneLine reports whether a plain text is one line as it is.
func isOneLine(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// notOPML is the error for a file that begins with start and whose first element
// is root.
func notOPML(start []byte, root string) error {
	err := errors.New("read subscription list: this is no OPML")
	switch {
	case len(bytes.TrimSpace(start)) == 0:
		return feed.WithHint(errors.New("read subscription list: the file is empty"), "export the list again")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return feed.WithHint(err, "it is a ZIP archive: unpack it, and import the .opml or .xml file in it")
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return feed.WithHint(err, "it is compressed: unpack it with gunzip first")
	case root == "rss" || root == "feed" || root == "rdf:rdf":
		return feed.WithHint(err, "it is a feed: subscribe to it by its address")
	case root == "html" || root == "body" || root == "head":
		return feed.WithHint(err, "it is a web page, perhaps one that asks for a login: save the OPML file itself")
	}
	return feed.WithHint(err, "export your subscriptions from the other reader as OPML, and import that file")
}
