using Estafeta.Mail.Addresses;
namespace Estafeta.Conformance.Tables;

/// <summary>The same command line given to Postfix's postmap or postalias and to ours: same output, same warnings, same exit code, files that the other can read.</summary>
public sealed class PostmapDifferenceTests
{
    private const string Source = "a b\nFoo bar  baz  \n  cont\n# x\n  more\n\n\tlast\nfoo dup\n\"key sp\" v\n  \nnoval\nkey: v\nÉé x\n\"open x\n\"q\"z  y\na\\ b c\n";
    private const string Aliases = """
        root: foo
        foo: "|a b" , "/x y", a@b (comment), <c@d>
        bar:	x y z
        "q\"r": s
        a.b: c
        u"v": w
        [x]: y
        :include:/foo: z
        /file: q
        x : y
        ;a: b
        m: "x@y"@z, "p q"@r, p\ q@r
        n: a,
          b ,,
         c
        o: ,
        p: ""
        K1: Upper
        k2:v2
        r: a:b;
        s: first.last@(x)y
        @: z
        Foo@bar: x
        t: {x}
        noval:
        no colon here
        root: dup
        (com) q: r
        q (com): r (x)
        É: x

        """;

    private static readonly string[] Message =
    [
        "Subject: a\n b\nX: y\n\nbody1\nbody2\n",
        "Subject: only header\n",
        "not a header\nX: y\n",
        "\n\nbody\n",
        " leading\nX: y\n\nb\n",
        "X : y\nY: z\n\n",
        "Subject: no end",
    ];

    private static readonly string[] MimeMessage =
    [
        "Subject: x\nContent-Type: multipart/mixed;\n boundary=\"b\"\n\npreamble\n--b\nContent-Type: text/plain\nX-Part : 1\n\npart one\n--b\n\nno headers\n--b\n"
            + "Content-Type: message/rfc822\n\nSubject: inner\n folded\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Language: de\n\ndeep\n--c--\nafter c\n--b--\nepilogue\n",
        "Content-Type: message/rfc822\n\nSubject: inner\nX: y\nnot a header\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nnot a header at once\n--bX\nY: z\n\n--b--",
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in digest\n\ntext\n--b--\n",
    ];

    [Theory]
    [InlineData("hash", "")]
    [InlineData("btree", "")]
    [InlineData("lmdb", "")]
    [InlineData("cdb", "")]
    [InlineData("lmdb", "-f")]
    [InlineData("lmdb", "-r")]
    [InlineData("lmdb", "-w")]
    [InlineData("lmdb", "-n")]
    [InlineData("cdb", "-N")]
    [InlineData("lmdb", "-u")]
    public async Task Create_FromSource_ReadsAndWarnsAlike(string type, string option)
    {
        using var postfix = new PostfixPostmap();
        var (theirs, ours) = (postfix.Write("theirs", Source), postfix.Write("ours", Source));
        string[] options = option.Length == 0 ? [] : [option];
        var expected = await postfix.PostmapAsync([.. options, $"{type}:{theirs}"]);
        var actual = await OurCommand.PostmapAsync(postfix.Root, "", [.. options, $"{type}:{ours}"]);
        Assert.Equal(expected.Code, actual.Code);
        Assert.Equal(Named(expected.Errors), Named(WithoutPlaces(actual.Errors)));
        await AssertSameEntriesAsync(postfix, type, theirs, ours, option == "-f" ? ["-f"] : []);
    }

    [Fact]
    public async Task Incremental_AddReplaceIgnoreDelete_EndAlike()
    {
        using var postfix = new PostfixPostmap();
        foreach (var name in new[] { "theirs-lmdb", "ours-lmdb", "theirs-hash", "ours-hash" })
        {
            postfix.Write(name, "a 1\nb 2\n");
        }

        (string Input, string[] Options)[] steps =
        [
            ("", []), ("c 3\na 9\n", ["-i"]), ("c 5\na 9\n", ["-ir"]), ("c 6\nd 7\n", ["-iw"]), ("", ["-d", "a"]), ("", ["-d", "zz"]),
            ("b\nzz\n", ["-d", "-"]), ("zz\n", ["-d", "-"]), ("bad\nq: v\n", ["-i"]), ("", ["-q", "c"]), ("", ["-q", "a"]), ("c\nx\nd\n", ["-q", "-"]), ("", ["-s"]),
        ];
        foreach (var (input, options) in steps)
        {
            foreach (var type in new[] { "lmdb", "hash" })
            {
                var expected = await postfix.PostmapAsync(input, [.. options, $"{type}:{postfix.Root}/theirs-{type}"]);
                var actual = await OurCommand.PostmapAsync(postfix.Root, input, [.. options, $"{type}:{postfix.Root}/ours-{type}"]);
                Assert.Equal(Named(expected.Errors), Named(WithoutPlaces(actual.Errors)));
                Assert.Equal((expected.Code, Sorted(expected.Output)), (actual.Code, Sorted(actual.Output)));
            }
        }
    }

    [Theory]
    [InlineData("-q", "x", "static:y", "inline:{x=z}")]
    [InlineData("-q", "x", "inline:{b=x}")]
    [InlineData("-q", "", "static:x")]
    [InlineData("-s", "inline:{a=b, { c = d e }}")]
    [InlineData("-s", "static:x")]
    [InlineData("-d", "x", "static:x")]
    [InlineData("-q", "x", "fail:y")]
    [InlineData("-q", "a", "-d", "b", "static:x")]
    [InlineData("-q", "a", "-s", "static:x")]
    [InlineData("-h", "-q", "x", "static:x")]
    [InlineData("-b", "-s", "static:x")]
    [InlineData("nosuch")]
    [InlineData("hash:nosuch")]
    [InlineData("-q", "a", "hash:nosuch")]
    [InlineData("-q", "a", "lmdb:nosuch")]
    [InlineData("-q", "a", "foo:nosuch")]
    [InlineData("-q", "a", "plain")]
    [InlineData("-q", "a", "static:{a")]
    [InlineData("foo:/etc/passwd")]
    [InlineData("fail:/etc/passwd")]
    public async Task CommandLine_OfAnyKind_EndsAlike(params string[] arguments)
    {
        using var postfix = new PostfixPostmap();
        var expected = await postfix.PostmapAsync(arguments);
        var actual = await OurCommand.PostmapAsync(postfix.Root, "", arguments);
        // Postfix lists an inline table in the order of its hash, which differs from run to run.
        Assert.Equal((expected.Code, Sorted(expected.Output), expected.Errors), (actual.Code, Sorted(actual.Output), actual.Errors));
    }

    [Theory]
    [InlineData("-hq")]
    [InlineData("-bq")]
    [InlineData("-hbq")]
    public async Task Query_OfMessage_SeesTheSameKeys(string option)
    {
        using var postfix = new PostfixPostmap();
        foreach (var message in Message)
        {
            string[] arguments = [option, "-", "pcre:{{/(.*)/ [$1]}}"];
            var expected = await postfix.PostmapAsync(message, arguments);
            var actual = await OurCommand.PostmapAsync(postfix.Root, message, arguments);
            Assert.Equal((expected.Code, expected.Output), (actual.Code, actual.Output));
        }
    }

    [Theory]
    [InlineData("-hm")]
    [InlineData("-bm")]
    [InlineData("-hbm")]
    public async Task Query_OfMimeMessage_SeesTheSameKeys(string option)
    {
        using var postfix = new PostfixPostmap();
        foreach (var message in Message.Concat(MimeMessage))
        {
            string[] arguments = [option, "-q", "-", "pcre:{{/(.*)/ [$1]}}"];
            var expected = await postfix.PostmapAsync(message, arguments);
            var actual = await OurCommand.PostmapAsync(postfix.Root, message, arguments);
            Assert.Equal((expected.Code, expected.Output), (actual.Code, actual.Output));
        }
    }

    [Theory]
    [InlineData("600")]
    [InlineData("640")]
    [InlineData("666")]
    public async Task Create_NewFile_HasThePermissionsOfTheSource(string mode)
    {
        using var postfix = new PostfixPostmap();
        var (theirs, ours) = (postfix.Write("theirs", "a b\n"), postfix.Write("ours", "a b\n"));
        foreach (var path in new[] { theirs, ours })
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }

        foreach (var type in new[] { "lmdb", "cdb" })
        {
            await postfix.PostmapAsync($"{type}:{theirs}");
            await OurCommand.PostmapAsync(postfix.Root, "", $"{type}:{ours}");
            Assert.Equal(File.GetUnixFileMode($"{theirs}.{type}"), File.GetUnixFileMode($"{ours}.{type}"));
        }
    }

    [Theory]
    [InlineData("lmdb", 511)]
    [InlineData("lmdb", 510)]
    [InlineData("lmdb", 600)]
    [InlineData("cdb", 5000)]
    public async Task Create_LongKeys_EndsAlike(string type, int length)
    {
        using var postfix = new PostfixPostmap();
        var text = $"a b\n{new string('k', length)} v\nz y\n";
        var expected = await postfix.PostmapAsync($"{type}:{postfix.Write("theirs", text)}");
        var actual = await OurCommand.PostmapAsync(postfix.Root, "", $"{type}:{postfix.Write("ours", text)}");
        Assert.Equal(expected.Code, actual.Code);
        if (expected.Code == 0)
        {
            Assert.Equal("v\n", (await OurCommand.PostmapAsync(postfix.Root, "", "-q", new string('k', length), $"{type}:{postfix.Root}/theirs")).Output);
            Assert.Equal("v\n", (await postfix.PostmapAsync("-q", new string('k', length), $"{type}:{postfix.Root}/ours")).Output);
        }
        else
        {
            Assert.Contains("line 2", actual.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FileValues_Base64_AreTheSame()
    {
        using var postfix = new PostfixPostmap();
        var (one, two) = (postfix.Write("one", "first\n"), postfix.Write("two", "second"));
        var (theirs, ours) = (postfix.Write("theirs", $"a {one}\nb {one}, {two}\n"), postfix.Write("ours", $"a {one}\nb {one}, {two}\n"));
        await postfix.PostmapAsync("-F", $"lmdb:{theirs}");
        await OurCommand.PostmapAsync(postfix.Root, "", "-F", $"lmdb:{ours}");
        await AssertSameEntriesAsync(postfix, "lmdb", theirs, ours, []);
        var expected = await postfix.PostmapAsync("-F", "-q", "b", $"lmdb:{ours}");
        var actual = await OurCommand.PostmapAsync(postfix.Root, "", "-F", "-q", "b", $"lmdb:{theirs}");
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("lmdb")]
    [InlineData("hash")]
    [InlineData("cdb")]
    public async Task Postalias_FromSource_ReadsAndWarnsAlike(string type)
    {
        using var postfix = new PostfixPostmap();
        var (theirs, ours) = (postfix.Write("theirs", Aliases), postfix.Write("ours", Aliases));
        var expected = await postfix.PostaliasAsync($"{type}:{theirs}");
        var actual = await OurCommand.PostaliasAsync(postfix.Root, "", $"{type}:{ours}");
        Assert.Equal(expected.Code, actual.Code);
        Assert.Equal(Named(expected.Errors), Named(WithoutPlaces(actual.Errors)));
        await AssertSameEntriesAsync(postfix, type, theirs, ours, [], "YP_", QuotedNames);
    }

    [Theory]
    [InlineData("lmdb")]
    [InlineData("cdb")]
    public async Task Files_OfManyEntries_OpenInTheOther(string type)
    {
        using var postfix = new PostfixPostmap();
        var generate = new TableGenerator(7);
        var text = generate.PlainTable(20_000);
        var (theirs, ours) = (postfix.Write("theirs", text), postfix.Write("ours", text));
        Assert.Equal(0, (await postfix.PostmapAsync($"{type}:{theirs}")).Code);
        Assert.Equal(0, (await OurCommand.PostmapAsync(postfix.Root, "", $"{type}:{ours}")).Code);
        var keys = string.Join('\n', generate.PlainKeys(20_000)) + "\n";
        var expected = await postfix.PostmapAsync(keys, ["-q", "-", $"{type}:{theirs}"]);
        Assert.Equal(expected.Output, (await postfix.PostmapAsync(keys, ["-q", "-", $"{type}:{ours}"])).Output);
        Assert.Equal(expected.Output, (await OurCommand.PostmapAsync(postfix.Root, keys, "-q", "-", $"{type}:{theirs}")).Output);
        Assert.Equal(expected.Output, (await OurCommand.PostmapAsync(postfix.Root, keys, "-q", "-", $"{type}:{ours}")).Output);
    }

    [Fact]
    public async Task Lmdb_IncrementalByEach_IsSeenByTheOther()
    {
        using var postfix = new PostfixPostmap();
        var path = postfix.Write("t", "a 1\n");
        await OurCommand.PostmapAsync(postfix.Root, "", "lmdb:" + path);
        Assert.Equal(0, (await postfix.PostmapAsync("b 2\n", ["-i", "lmdb:" + path])).Code);
        Assert.Equal(0, (await OurCommand.PostmapAsync(postfix.Root, "c 3\n", "-i", "lmdb:" + path)).Code);
        Assert.Equal("a\t1\nb\t2\nc\t3\n", (await postfix.PostmapAsync("-s", "lmdb:" + path)).Output);
        Assert.Equal("a\t1\nb\t2\nc\t3\n", (await OurCommand.PostmapAsync(postfix.Root, "", "-s", "lmdb:" + path)).Output);
    }

    // hash and btree are compared through our own reader: ours are in .lmdb files.
    private static async Task AssertSameEntriesAsync(
        PostfixPostmap postfix, string type, string theirs, string ours, string[] options, string except = "\0", Func<string, string>? newForm = null)
    {
        var expected = await OurCommand.PostmapAsync(postfix.Root, "", [.. options, "-s", $"{type}:{theirs}"]);
        expected.Output = newForm?.Invoke(expected.Output) ?? expected.Output;
        var actual = await OurCommand.PostmapAsync(postfix.Root, "", [.. options, "-s", $"{type}:{ours}"]);
        Assert.NotEqual("", expected.Output);
        Assert.Equal(Sorted(expected.Output, except), Sorted(actual.Output, except));
        if (type == "lmdb")
        {
            var read = await postfix.PostmapAsync([.. options, "-s", $"{type}:{ours}"]);
            Assert.Equal(Sorted(expected.Output, except), Sorted(read.Output, except));
        }
    }

    // Postfix stores names of aliases with quotes since 3.12; the installed one is older.
    private static string QuotedNames(string listing) => string.Join('\n', listing.Split('\n').Select(static line =>
        line.IndexOf('\t') is > 0 and var tab && line[0] != '@' ? LocalPart.Quote(line[..tab]) + line[tab..] : line));

    private static string Sorted(string output, string except = "\0") =>
        string.Join('\n', output.Split('\n').Where(l => !l.StartsWith(except, StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static string Named(string errors) => errors.Replace("theirs", "ours", StringComparison.Ordinal).Replace("postalias", "postmap", StringComparison.Ordinal);

    // We also say where a duplicate stands, and that hash and btree tables are kept in another file.
    private static string WithoutPlaces(string errors) => string.Join('\n', System.Text.RegularExpressions.Regex
        .Replace(errors, @"(duplicate entry: "".*"") \(.*, line \d+\)", "$1").Split('\n').Where(static l => !l.Contains(" note: ", StringComparison.Ordinal)));
}
