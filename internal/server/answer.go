package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// problem is an error that is told to the person as it is. Title, Text and Todo are
// keys of package words, or texts that are translated already.
type problem struct {
	Status int
	Title  string
	Text   string
	Todo   string // what to do about it; may be empty
	Bare   bool   // without the links of the reader, for who must not be let in
	Login  string // where to log in; set for 401
}

func (p *problem) Error() string { return p.Title + ": " + p.Text }

// in is the problem in a language.
func (p *problem) in(l *words.Language) *problem {
	q := *p
	q.Title, q.Text, q.Todo = l.T(p.Title), l.T(p.Text), l.T(p.Todo)
	return &q
}

func notFound(text string) error {
	return &problem{Status: http.StatusNotFound, Title: "Not found", Text: text,
		Todo: "It may have been removed, or the address has a slip of the pen."}
}

func badRequest(text string) error {
	return &problem{Status: http.StatusBadRequest, Title: "That didn’t make sense", Text: text}
}

// errAnswered stops a request whose answer has been written already.
var errAnswered = errors.New("already answered")

// errorPage is the page of a problem.
type errorPage struct {
	Frame
	Problem *problem
}

// fail writes err as a page. It is the one place that turns errors into answers.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errAnswered) || errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // or nobody listens any more
	}
	l := words.From(r.Context())
	p := s.explain(r, err).in(l)
	w.Header().Set("Cache-Control", "no-store")
	page := errorPage{Frame: s.bareFrame(l, p.Title), Problem: p}
	page.Nav = !p.Bare
	if err := s.render(w, r, p.Status, "error", page); err != nil {
		s.Log.Error("cannot write error page", "path", r.URL.Path, "err", err)
	}
}

// explain finds what to tell a person about err; what nobody can do anything
// about is logged and not told.
func (s *Server) explain(r *http.Request, err error) *problem {
	l := words.From(r.Context())
	var p *problem
	var hint *feed.Hint
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, feed.ErrNotFound):
		errors.As(notFound("There is no such story or feed any more."), &p)
		return p
	case errors.As(err, &tooBig):
		return &problem{Status: http.StatusRequestEntityTooLarge, Title: "Too large",
			Text: l.T("The form or file has more than %d MiB.", int(tooBig.Limit>>20))}
	case errors.As(err, &hint):
		return &problem{Status: http.StatusUnprocessableEntity, Title: "That didn’t work",
			Text: sentence(inTongue(l, hint.Err.Error())), Todo: sentence(inTongue(l, hint.Todo))}
	}
	s.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	return &problem{Status: http.StatusInternalServerError, Title: "Something broke",
		Text: "This is the program’s fault, not yours. Nothing was lost.", Todo: "The log tells what went wrong."}
}

// sentence makes an error's words one: capital letter, full stop. A host's name
// stays as it is.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if word, _, _ := strings.Cut(text, " "); !strings.Contains(strings.TrimRight(word, ".:"), ".") {
		first, n := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[n:]
	}
	text = masked(text)
	if strings.HasSuffix(text, "。") || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// press keeps what printing a page needs from one page to the next.
type press struct {
	buffers sync.Pool // of *buffers
	zippers sync.Pool // of *gzip.Writer
	brotlis sync.Pool // of *matchfinder.Writer
	zstd    func() (*zstd.Encoder, error)
}

type buffers struct{ page, zipped bytes.Buffer }

// render executes the page's template and writes the answer. Pages that must not
// be stored hold secrets, and are not compressed beside what a stranger may have
// put into their address (the BREACH attack).
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, page any) error {
	b, _ := s.press.buffers.Get().(*buffers)
	if b == nil {
		b = new(buffers)
	}
	defer s.press.buffers.Put(b)
	b.page.Reset()
	l := words.From(r.Context())
	if err := s.execute(&b.page, l.Tag(), name, "layout", page); err != nil {
		return err
	}
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "private, no-cache")
	}
	body := b.page.Bytes()
	w.Header().Add("Vary", "Accept-Encoding, Accept-Language")
	w.Header().Set("Content-Language", l.Tag())
	if acceptsGzip(r) && w.Header().Get("Cache-Control") != "no-store" {
		b.zipped.Reset()
		if err := s.zip(&b.zipped, body); err != nil {
			return err
		}
		w.Header().Set("Content-Encoding", "gzip")
		body = b.zipped.Bytes()
	}
	return writeBody(w, r, status, "text/html; charset=utf-8", body)
}

// zip compresses body into b.
func (s *Server) zip(b *bytes.Buffer, body []byte) error {
	z, _ := s.press.zippers.Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(nil, 5)
	}
	defer s.press.zippers.Put(z)
	z.Reset(b)
	if _, err := z.Write(body); err != nil {
		return err
	}
	return z.Close()
}

// writeBody writes an answer whose body is known, without it for HEAD.
func writeBody(w http.ResponseWriter, r *http.Request, status int, mediaType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = w.Write(body) // the other side hung up: nobody is left to tell
	return nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !ok || err != nil || weight > 0
	}
	return false
}

// see sends the browser on to a page of ours after a form (POST, redirect, GET).
func see(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// local gives path back if it leads to a page of this site, else "/". Browsers
// take "//host" and "/\host" for other sites, and drop tabs and line ends.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') {
		return "/"
	}
	for _, c := range path {
		if c < 0x20 || c == 0x7f {
			return "/"
		}
	}
	return path
}
