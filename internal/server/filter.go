package server

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tidings/internal/feed"
)

// The views of a river.
const (
	viewUnread  = "unread"
	viewAll     = "all"
	viewStarred = "starred"
	viewToday   = "today" // read or not, since midnight
)

// The orders of a river.
const (
	orderNewest  = ""
	orderOldest  = "oldest"
	orderSources = "sources" // by how many independent sources tell a story: the big ones
	spanDay      = ""        // of orderSources: those of the last day
	spanWeek     = "week"
)

// pageSize is how many stories a page of the river shows.
const pageSize = 50

// filter is which part of the river a page is about, as its address says:
// /?view=all&folder=World. Unread is what an address without view means.
type filter struct {
	View   string
	Folder string
	Tag    string
	Feed   uint64
	Order  string
	Span   string // only of orderSources
}

func parseFilter(v url.Values) (filter, error) {
	f := filter{View: v.Get("view"), Folder: v.Get("folder"), Tag: v.Get("tag"), Order: v.Get("order")}
	switch f.View {
	case "":
		f.View = viewUnread
	case viewUnread, viewAll, viewStarred, viewToday:
	default:
		return f, badRequest("There is no such view: it is unread, all, starred or today.")
	}
	switch f.Order {
	case "newest":
		f.Order = orderNewest
	case orderSources:
		if v.Get("span") == spanWeek {
			f.Span = spanWeek
		}
	case orderNewest, orderOldest:
	default:
		return f, badRequest("There is no such order: it is newest, oldest or sources.")
	}
	if id := v.Get("feed"); id != "" {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil || n == 0 {
			return f, badRequest("A feed is named by its number.")
		}
		f.Feed = n
	}
	return f, nil
}

// query asks the store for this part of the river.
func (f filter) query() feed.Query {
	return feed.Query{
		Feed: f.Feed, Folder: f.Folder, Tag: f.Tag,
		Unread: f.View == viewUnread, Starred: f.View == viewStarred, Since: f.since(time.Now()),
	}
}

// since is how far back the filter reaches; the zero time for all the way.
func (f filter) since(now time.Time) time.Time {
	switch {
	case f.View == viewToday:
		return midnight(now)
	case f.Order == orderSources && f.Span == spanWeek:
		return now.Add(-7 * 24 * time.Hour)
	case f.Order == orderSources:
		return now.Add(-24 * time.Hour)
	}
	return time.Time{}
}

// narrow reports whether the filter names a folder, a tag or a feed.
func (f filter) narrow() bool { return f.Feed != 0 || f.Folder != "" || f.Tag != "" }

// with is the same stretch in another view.
func (f filter) with(view string) filter {
	f.View = view
	return f
}

// by is the same stretch in another order.
func (f filter) by(order, span string) filter {
	f.Order, f.Span = order, span
	return f
}

// encode is the filter as the query of an address, "?" included; empty for the
// unread river of everything.
func (f filter) encode(more ...string) string {
	v := url.Values{}
	if f.View != viewUnread {
		v.Set("view", f.View)
	}
	if f.Folder != "" {
		v.Set("folder", f.Folder)
	}
	if f.Tag != "" {
		v.Set("tag", f.Tag)
	}
	if f.Feed != 0 {
		v.Set("feed", strconv.FormatUint(f.Feed, 10))
	}
	if f.Order != orderNewest {
		v.Set("order", f.Order)
	}
	if f.Span != spanDay {
		v.Set("span", f.Span)
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// pathID is the number in the request's path.
func pathID(r *http.Request) (uint64, error) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || id == 0 {
		return 0, notFound("Stories and feeds are named by numbers.")
	}
	return id, nil
}

// parseForm reads a form of at most limit bytes.
func parseForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	return nil
}

func formError(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return err
	}
	return badRequest("The form could not be read.")
}
