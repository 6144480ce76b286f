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
const maxImport = 20 << 20

// reportLines is how many lines a page of a report has.
const reportLines = 500

// importPage reports what came of an import, line by line.
type importPage struct {
	Frame
	Report *report
	Lines  []reportLine // of this page
	Pages  []pageLink   // where there are several
}

// pageLink leads to a page of a report.
type pageLink struct {
	Text, Href string
	Current    bool
}

// report is what an import did. It waits on the shelf; its lines, which may be as many
// as a list has, in files.
type report struct {
	Source   string // name of the file, or address
	Followed bool   // the list is followed from now on
	Added    int
	Known    int
	Failed   int
	Removed  int    // starter feeds that made room
	Problem  string // the whole file could not be read

	wrong, right ream // its lines: those that failed, and the others
}

// reportLine is one outline of the file.
type reportLine struct {
	State  string // of [feed.ImportState]: a style
	Said   string // the state in words
	Title  string
	URL    string
	Folder string
	Reason string // why it failed, or what else is to be said
	Feed   string // number of the subscription
	Place  string // "Line 12", with the included list's address before it
}

// importList reads OPML from a file or an address and subscribes to what is in it.
func (s *Server) importList(w http.ResponseWriter, r *http.Request) error {
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	req, source, err := uploaded(w, r)
	if err != nil {
		return err
	}
	if file, ok := req.Body.(io.Closer); ok {
		defer file.Close()
	}
	rep, err := s.take(r.Context(), req, source, r.FormValue("replace") != "")
	if err != nil {
		return err
	}
	return see(w, r, "/import/"+s.shelf.put(rep))
}

// uploaded is the list that a form brings, and what to call it.
func uploaded(w http.ResponseWriter, r *http.Request) (req feed.ImportRequest, source string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxImport+64<<10)
	if err := r.ParseMultipartForm(1 << 20); err != nil && err != http.ErrNotMultipart {
		return req, "", formError(err)
	}
	req.Folder = cleanFolder(r.FormValue("folder"))
	if file, head, err := r.FormFile("file"); err == nil && head.Size > 0 {
		req.Body = file
		return req, head.Filename, nil
	}
	req.URL, req.Follow = strings.TrimSpace(r.FormValue("url")), r.FormValue("follow") != ""
	if req.URL == "" {
		return req, "", badRequest("Choose an OPML file, or give the address of one.")
	}
	return req, req.URL, nil
}

// take imports a list. With replace the starter feeds go that the list doesn't
// name and nobody has touched, but only once the list has proved good.
func (s *Server) take(ctx context.Context, req feed.ImportRequest, source string, replace bool) (*report, error) {
	rep, touched := &report{Source: masked(source)}, map[uint64]bool{}
	sum, err := s.Poller.Import(ctx, req, func(l feed.ImportLine) error {
		if replace {
			touched[l.Feed] = true
		}
		return rep.note(l)
	})
	if err == nil {
		rep.Followed = sum.List != 0
		if replace && rep.Added+rep.Known > 0 {
			rep.Removed, err = s.removeStarter(ctx, touched)
		}
		return rep, err
	}
	rep.Close()
	var hint *feed.Hint
	switch {
	case req.URL != "":
		text, todo := inWords(err)
		return nil, &problem{Status: http.StatusUnprocessableEntity, Title: "The list could not be read", Text: text, Todo: todo}
	case errors.As(err, &hint):
		return &report{Source: masked(source), Problem: sentence(err.Error())}, nil
	}
	return nil, fmt.Errorf("import a list: %w", err)
}

// newReport is that of the poll of a followed list.
func newReport(came feed.ImportReport) (*report, error) {
	rep := &report{Source: masked(came.Title), Followed: came.List != 0}
	if _, err := came.Tell(rep.note); err != nil {
		rep.Close()
		return nil, err
	}
	return rep, nil
}

// note adds a line.
func (rep *report) note(l feed.ImportLine) error {
	switch l.State {
	case feed.ImportAdded:
		rep.Added++
	case feed.ImportKnown, feed.ImportTwice:
		rep.Known++
	case feed.ImportFailed:
		rep.Failed++
		return rep.wrong.add(newReportLine(l))
	}
	return rep.right.add(newReportLine(l))
}

// Len is the number of lines.
func (rep *report) Len() int { return rep.wrong.n + rep.right.n }

// lines gives up to n lines from one on: those that failed first, then the others, each
// in the order of the list.
func (rep *report) lines(from, n int) ([]reportLine, error) {
	wrong, err := rep.wrong.read(from, n)
	if err != nil {
		return nil, err
	}
	right, err := rep.right.read(max(0, from-rep.wrong.n), n-len(wrong))
	return append(wrong, right...), err
}

// Close forgets the lines.
func (rep *report) Close() error { return errors.Join(rep.wrong.Close(), rep.right.Close()) }

func newReportLine(l feed.ImportLine) reportLine {
	r := reportLine{State: string(l.State), Title: masked(l.Title), URL: masked(l.URL), Folder: l.Folder, Feed: number(l.Feed)}
	if l.Feed == 0 {
		r.Feed = ""
	}
	if l.Reason != "" {
		r.Reason = sentence(l.Reason)
	}
	if l.Line > 0 {
		r.Place = strings.TrimSpace(masked(l.Source) + " line " + strconv.Itoa(l.Line))
		r.Place = strings.ToUpper(r.Place[:1]) + r.Place[1:]
	}
	switch l.State {
	case feed.ImportAdded:
		r.Said = "Added"
	case feed.ImportKnown:
		r.Said = "Already there"
	case feed.ImportTwice:
		r.Said = "There twice"
	case feed.ImportRemoved:
		r.Said = "Left out"
	case feed.ImportFailed:
		r.Said = "Failed"
	case feed.ImportSet:
		r.Said = "Taken over"
	case feed.ImportKept:
		r.Said = "Not taken over"
	}
	if r.Title == "" {
		r.Title = r.URL
	}
	return r
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
	p := importPage{Frame: frame, Report: rep}
	at := 1
	if v := r.URL.Query().Get("page"); v != "" {
		if at, err = strconv.Atoi(v); err != nil || at < 1 || at > (rep.Len()+reportLines-1)/reportLines {
			return notFound("The report has no such page.")
		}
	}
	if p.Lines, err = rep.lines((at-1)*reportLines, reportLines); err != nil {
		return err
	}
	for n := 1; (n-1)*reportLines < rep.Len() && rep.Len() > reportLines; n++ {
		p.Pages = append(p.Pages, pageLink{Text: strconv.Itoa(n), Href: withQuery(r.URL.Path, "page", strconv.Itoa(n)), Current: n == at})
	}
	return s.render(w, r, http.StatusOK, "import", p)
}

// export sends the subscriptions as OPML.
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Store.Subscriptions(r.Context())
	if err != nil {
		return err
	}
	rules, err := s.rules(r.Context())
	if err != nil {
		return err
	}
	now := time.Now()
	var b bytes.Buffer
	if err := opml.Write(&b, opml.Export{Title: "tidings", Created: now, Feeds: list, Rules: rules}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Disposition", "attachment; filename="+strconv.Quote("tidings-"+now.Format("2006-01-02")+".opml"))
	h.Set("Cache-Control", "private, no-cache")
	return writeBody(w, r, http.StatusOK, "text/x-opml; charset=utf-8", b.Bytes())
}
