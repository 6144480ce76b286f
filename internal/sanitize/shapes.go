package sanitize

import "strings"

// newGuard is the allowlist as the guard holds it: the elements, what each may
// have besides the attributes that all may have, and where it may stand.
func newGuard() guard {
	g := make(guard)
	for line := range strings.Lines(shapes) {
		names, attrs, _ := strings.Cut(strings.TrimSpace(line), ":")
		for name := range strings.FieldsSeq(names) {
			g[strings.TrimSuffix(name, "/")] = newShape(name, strings.Fields("id=id dir=dir lang=name title=words alt=words "+attrs))
		}
	}
	for line := range strings.Lines(places) {
		names, place, _ := strings.Cut(strings.TrimSpace(line), ":")
		for name := range strings.FieldsSeq(names) {
			g[name].put(strings.Fields(place))
		}
	}
	return g
}

func newShape(name string, attrs []string) *shape {
	s := &shape{name: strings.TrimSuffix(name, "/"), void: strings.HasSuffix(name, "/"), attrs: make(map[string]form)}
	known := forms()
	for _, a := range attrs {
		key, kind, _ := strings.Cut(a, "=")
		if s.attrs[key] = known[kind]; known[kind] == nil {
			s.attrs[key] = exactly(strings.ReplaceAll(kind, "_", " "))
		}
	}
	return s
}

// put takes a line of places.
func (s *shape) put(place []string) {
	for _, p := range place {
		rule, names, _ := strings.Cut(p, "=")
		switch list := strings.Split(names, ","); rule {
		case "in":
			s.in = list
		case "alone":
			s.alone = append(s.alone, list...)
		case "apart":
			s.apart = list
		case "strict":
			s.strict = true
		case "hollow":
			s.hollow = true
		case "disabled":
			s.ends = ` disabled=""`
		}
	}
}

// shapes are the elements, "/" behind those without end tag, and after a colon
// their attributes, each with the form of its value: one of forms, or itself,
// with "_" for a space.
const shapes = `
abbr acronym address article aside b bdi bdo big caption center cite code dd dfn dir div dl dt em fieldset figcaption figure font footer
h1 h2 h3 h4 h5 h6 header hgroup hr/ br/ wbr/ i kbd label legend main mark menu nav output p pre rp rt ruby s samp section small strike
strong sub summary sup table tbody tfoot thead tr tt u ul var command datagrid event-source m multicol nextid sound spacer datalist option optgroup
a: href=link rel=noopener_noreferrer
area/: href=link rel=noopener_noreferrer shape=name coords=numbers
audio: src=web controls= preload=none
blockquote q: cite=web
button: type=button disabled=
keygen/ select textarea: disabled=
col/ colgroup: span=numbers
del ins: cite=web datetime=date
details: open=
img/: src=image width=numbers height=numbers usemap=place loading=lazy decoding=async
input/: type=box checked= disabled=
li: value=numbers
map: name=id
meter: value=numbers min=numbers max=numbers low=numbers high=numbers optimum=numbers
ol: start=numbers reversed= type=marker
span: href=idle src=idle
progress: value=numbers max=numbers
source/: src=web type=media
td: align=name valign=name colspan=numbers rowspan=numbers
th: align=name valign=name colspan=numbers rowspan=numbers scope=name
time: datetime=date
track/: src=web kind=name srclang=name label=words default=
video: src=web poster=web width=numbers height=numbers controls= preload=none
`

// places are where elements may stand, and what they must be: the fields of
// shape. An element that a browser would have end a paragraph stands in none.
const places = `
address article aside blockquote center dd details dir div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr li: alone=p
main menu nav ol p pre section summary table ul: alone=p
a: alone=a
button: alone=button disabled
input select textarea keygen: disabled
select textarea: hollow
h1 h2 h3 h4 h5 h6: apart=h1,h2,h3,h4,h5,h6
option optgroup: apart=option
rt rp: apart=rt,rp,p,li,dt,dd,option,optgroup
li: in=ul,ol,menu,dir
dt dd: in=dl,dl/div
caption colgroup thead tbody tfoot: in=table
col: in=colgroup,table
tr: in=table,thead,tbody,tfoot
td th: in=tr
table thead tbody tfoot tr colgroup: strict
`

// forms are the kinds of values.
func forms() map[string]form {
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return map[string]form{
		"words":   func([]byte) bool { return true },
		"name":    only(letters + digits + "-"),
		"numbers": only(digits + "-., "),
		"date":    only(digits + "-+:.,TZWPYMDHS "),
		"dir":     func(v []byte) bool { return string(v) == "ltr" || string(v) == "rtl" || string(v) == "auto" },
		"box":     func(v []byte) bool { return string(v) == "checkbox" || string(v) == "radio" },
		"marker":  func(v []byte) bool { return len(v) == 1 && strings.IndexByte("1aAiI", v[0]) >= 0 },
		"media":   begins("audio/", "video/", "application/"),
		"id":      begins("u-"),
		"place":   begins("#u-"),
		"web":     begins("https://", "http://"),
		"idle":    func(v []byte) bool { return len(v) == 0 || begins("https://", "http://")(v) },
		"link":    begins("https://", "http://", "mailto:", "tel:", "#u-"),
		"image": begins("https://", "http://", "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,",
			"data:image/webp;base64,"),
	}
}

func exactly(want string) form { return func(v []byte) bool { return string(v) == want } }

// only is the form of what has only certain characters, and not none.
func only(chars string) form {
	var in [256]bool
	for i := range len(chars) {
		in[chars[i]] = true
	}
	return func(v []byte) bool {
		for _, c := range v {
			if !in[c] {
				return false
			}
		}
		return len(v) > 0
	}
}

// begins is the form of what begins in one of some ways and goes on without
// control characters.
func begins(prefixes ...string) form {
	return func(v []byte) bool {
		for _, c := range v {
			if c < ' ' || c == 0x7f {
				return false
			}
		}
		for _, p := range prefixes {
			if len(v) > len(p) && string(v[:len(p)]) == p {
				return true
			}
		}
		return false
	}
}
