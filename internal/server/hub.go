package server

import (
	"fmt"
	"net/http"
	"sort"

	"tidings/internal/words"
)

// Hub is the WebSub hub that pushes our feeds; package push has one.
type Hub interface {
	http.Handler                 // takes the requests of subscribers
	URL() string                 // its address
	Subscribers() map[string]int // subscriptions by the address of the feed
}

// hubURL is the address of the hub; empty if there is none.
func (s *Server) hubURL() string {
	if s.Hub == nil {
		return ""
	}
	return s.Hub.URL()
}

// hub takes the requests of subscribers, who need no session: they get only what a
// GET without one would give.
func (s *Server) hub(w http.ResponseWriter, r *http.Request) error {
	if s.Hub == nil {
		return notFound("There is no hub here: it needs the public address of this server (--public-url).")
	}
	s.Hub.ServeHTTP(w, r)
	return nil
}

// announce tells in the header where the feed at self is pushed from (WebSub §4).
func (s *Server) announce(h http.Header, self string) {
	if s.Hub != nil {
		h.Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, s.Hub.URL(), self))
	}
}

// pushed lists how many subscribers each feed has, for the settings page.
func (s *Server) pushed(l *words.Language) (list []fact) {
	if s.Hub == nil {
		return nil
	}
	for topic, n := range s.Hub.Subscribers() {
		list = append(list, fact{topic, l.N("%d subscriber", "%d subscribers", n)})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
