package server

import "testing"

func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		"https://ada:secret@example.org/feed":              "https://ada:…@example.org/feed",
		"HTTP://key123@example.org:8080":                   "HTTP://…@example.org:8080",
		"fetch https://a:p%40@x.example/: not found (404)": "fetch https://a:…@x.example/: not found (404)",
		"https://a:p@ss@x.example/":                        "https://a:…@x.example/",
		"https://example.org/@ada":                         "https://example.org/@ada",
		"https://example.org?mail=ada@example.org":         "https://example.org?mail=ada@example.org",
		"ada@example.org":                                  "ada@example.org",
		"":                                                 "",
	} {
		if got := masked(in); got != want {
			t.Errorf("masked(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnmasked(t *testing.T) {
	for _, tt := range []struct{ edited, old, want string }{
		{"https://ada:…@example.org/new", "https://ada:secret@example.org/feed", "https://ada:secret@example.org/new"},
		{"https://…@example.org/feed", "https://key@example.org/feed", "https://key@example.org/feed"},
		{"https://bo:other@example.org/", "https://ada:secret@example.org/", "https://bo:other@example.org/"},
		{"https://evil.example/", "https://ada:secret@example.org/", "https://evil.example/"},
		{"https://a.example/", "https://b.example/", "https://a.example/"},
	} {
		if got := unmasked(tt.edited, tt.old); got != tt.want {
			t.Errorf("unmasked(%q, %q) = %q, want %q", tt.edited, tt.old, got, tt.want)
		}
	}
}
