package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/opml"
)

// maxImport bounds a file of subscriptions, in bytes.
const maxImport = 5 << 20

// importPage reports what came of an import, line by line.
type importPage struct {
	Frame
	Report *report
}

// report is what an import did. It waits on the shelf.
type report struct {
	Source  string // name of the file, or address
	Added   int
	Known   int
	Failed  int
	Removed int // starter feeds that made room
	Lines   []reportLine
	Problem string // the whole file could not be read
}

// reportLine is one outline of the file.
type reportLine struct {
	State  string // "added", "known" or "failed": a style
	Title  string
	URL    string
	Folder string
	Reason string // why it failed
	Feed   string // number of the subscription
	Line   int
}

// importList reads OPML from a file or an address and subscribes to what is in it.
func (s *Server) importList(w http.ResponseWriter, r *http.Request) error {
	body, source, err := s.uploaded(w, r)
	if err != nil {
		return err
	}
	rep, err := s.take(r.Context(), body, source, r.FormValue("replace") != "")
	if err != nil {
		return err
	}
	return see(w, r, "/import/"+s.shelf.put(rep))
}

// uploaded is the list's bytes and what to call it.
func (s *Server) uploaded(w http.ResponseWriter, r *http.Request) (body []byte, source string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxImport+64<<10)
	if err := r.ParseMultipartForm(maxImport); err != nil && err != http.ErrNotMultipart {
		return nil, "", formError(err)
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }()
	}
	if file, head, err := r.FormFile("file"); err == nil && head.Size > 0 {
		defer file.Close()
		body, err := io.ReadAll(file)
		return body, head.Filename, err
	}
	address := strings.TrimSpace(r.FormValue("url"))
	if address == "" {
		return nil, "", badRequest("Choose an OPML file, or give the address of one.")
	}
	body, err = s.Poller.Fetch(r.Context(), address)
	if err != nil {
		text, todo := inWords(err)
		return nil, "", &problem{Status: http.StatusUnprocessableEntity, Title: "The list could not be fetched", Text: text, Todo: todo}
	}
	return body, address, nil
}

// take imports a list. With replace the starter feeds go that the list doesn't
// name and nobody has touched, but only once the list has proved good.
func (s *Server) take(ctx context.Context, body []byte, source string, replace bool) (*report, error) {
	rep := &report{Source: masked(source)}
	list, err := opml.Read(bytes.NewReader(body), opml.Limits{Bytes: maxImport, Outlines: 10_000})
	if err != nil {
		rep.Problem = sentence(err.Error())
		return rep, nil
	}
	keep, err := s.followAll(ctx, rep, list.Feeds)
	if err != nil {
		return nil, err
	}
	for _, p := range list.Problems {
		rep.Failed++
		rep.Lines = append(rep.Lines, reportLine{State: "failed", Title: masked(p.Text), Reason: sentence(p.Reason), Line: p.Line})
	}
	if replace && rep.Added+rep.Known > 0 {
		rep.Removed, err = s.removeStarter(ctx, keep)
	}
	return rep, err
}

// followAll subscribes to what can be subscribed to, reports each, and gives the
// numbers of the subscriptions that the list names.
func (s *Server) followAll(ctx context.Context, rep *report, outlines []opml.Outline) (map[uint64]bool, error) {
	wishes := make([]feed.Wish, len(outlines))
	for i, o := range outlines {
		wishes[i] = feed.Wish{URL: o.URL, Folder: o.Folder, SiteURL: o.SiteURL, Description: o.Description}
		if o.Named { // an address in a title's place would hide the publisher's title
			wishes[i].Title = o.Title
		}
	}
	answers, err := s.subscribeAll(ctx, wishes)
	if err != nil {
		return nil, fmt.Errorf("subscribe to the list: %w", err)
	}
	named := map[uint64]bool{}
	for i, a := range answers {
		rep.add(outlines[i], a)
		if a.err == nil {
			named[a.Subscription.ID] = true
		}
	}
	return named, nil
}

// wished is what came of a wish: an addition, or a reason why there is none.
type wished struct {
	feed.Addition
	err error
}

// subscribeAll gives an answer for each wish. The poller takes a list as a whole
// or not at all, so one with an address that it can't read is halved until that
// address stands alone.
func (s *Server) subscribeAll(ctx context.Context, wishes []feed.Wish) ([]wished, error) {
	if len(wishes) == 0 {
		return nil, nil
	}
	added, err := s.Poller.Subscribe(ctx, wishes)
	var hint *feed.Hint
	switch {
	case err == nil:
		return answers(wishes, added)
	case !errors.As(err, &hint):
		return nil, err
	case len(wishes) == 1:
		return []wished{{err: err}}, nil
	}
	half := len(wishes) / 2
	front, err := s.subscribeAll(ctx, wishes[:half])
	if err != nil {
		return nil, err
	}
	back, err := s.subscribeAll(ctx, wishes[half:])
	return append(front, back...), err
}

func answers(wishes []feed.Wish, added []feed.Addition) ([]wished, error) {
	if len(added) != len(wishes) {
		return nil, fmt.Errorf("%d answers for %d wishes", len(added), len(wishes))
	}
	all := make([]wished, len(added))
	for i, a := range added {
		all[i].Addition = a
	}
	return all, nil
}

func (rep *report) add(o opml.Outline, a wished) {
	l := reportLine{State: "known", Title: masked(o.Title), URL: masked(o.URL), Folder: o.Folder, Line: o.Line, Feed: number(a.Subscription.ID)}
	switch {
	case a.err != nil:
		text, todo := inWords(a.err)
		l.State, l.Reason = "failed", strings.TrimSpace(text+" "+todo)
		rep.Failed++
	case a.Added:
		l.State = "added"
		rep.Added++
	default:
		rep.Known++
	}
	if l.Title == "" {
		l.Title = l.URL
	}
	rep.Lines = append(rep.Lines, l)
}

// Summary sums the report up in a sentence.
func (rep *report) Summary() string {
	parts := []string{group(rep.Added) + " added", group(rep.Known) + " already there", group(rep.Failed) + " failed"}
	if rep.Removed > 0 {
		parts = append(parts, count(rep.Removed, "starter feed", "starter feeds")+" removed")
	}
	return strings.Join(parts, ", ") + "."
}

// removeStarter unsubscribes from the starter feeds as they came, but for some.
func (s *Server) removeStarter(ctx context.Context, keep map[uint64]bool) (int, error) {
	list, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range untouched(s.Starter, list) {
		if keep[id] {
			continue
		}
		if err := s.Poller.Remove(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, s.Store.SetSetting(ctx, settingStarter, []byte("replaced"))
}

// untouched lists the subscriptions that are still as the starter list gave them.
func untouched(starter []feed.Wish, list []feed.Following) []uint64 {
	came := make(map[string]feed.Wish, len(starter))
	for _, w := range starter {
		came[w.URL] = w
	}
	var ids []uint64
	for _, x := range list {
		w, ok := came[x.Subscription.URL]
		if ok && x.Subscription.Title == w.Title && x.Subscription.Folder == w.Folder && !x.Subscription.Paused {
			ids = append(ids, x.Subscription.ID)
		}
	}
	return ids
}

func (s *Server) dismissStarter(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.SetSetting(r.Context(), settingStarter, []byte("dismissed")); err != nil {
		return err
	}
	return see(w, r, "/")
}

// importReport shows what came of an import, and how far its polling is.
func (s *Server) importReport(w http.ResponseWriter, r *http.Request) error {
	rep, ok := s.shelf.get(r.PathValue("token")).(*report)
	if !ok {
		return notFound("This report was kept for ten minutes. The list of feeds shows what is followed now.")
	}
	frame, err := s.frame(r, "Import · tidings", "feeds")
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "import", importPage{Frame: frame, Report: rep})
}

// export sends the subscriptions as OPML.
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Store.Subscriptions(r.Context())
	if err != nil {
		return err
	}
	now := time.Now()
	var b bytes.Buffer
	if err := opml.Write(&b, "tidings", now, list); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Disposition", "attachment; filename="+strconv.Quote("tidings-"+now.Format("2006-01-02")+".opml"))
	h.Set("Cache-Control", "private, no-cache")
	return writeBody(w, r, http.StatusOK, "text/x-opml; charset=utf-8", b.Bytes())
}
