package parse

import "testing"

func TestPageReadsTheCharsetThatAPageNames(t *testing.T) {
	for _, c := range []struct{ name, body, contentType, want string }{
		{"header", "<p>gr\xfcn</p>", "text/html; charset=iso-8859-1", "<p>grün</p>"},
		{"meta charset", "<meta charset=windows-1251><p>\xe4\xe0</p>", "text/html", "<meta charset=windows-1251><p>да</p>"},
		{"meta http-equiv", "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\"><p>\x93\xfa</p>", "",
			"<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\"><p>日</p>"},
		{"xhtml declaration", "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><p>\xb1</p>", "application/xhtml+xml", "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><p>ą</p>"},
		{"meta that lies", "<meta charset=iso-8859-1><p>grün</p>", "text/html", "<meta charset=iso-8859-1><p>grün</p>"},
		{"nothing said", "<p>caf\xe9</p>", "text/html", "<p>café</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Page([]byte(c.body), c.contentType); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
