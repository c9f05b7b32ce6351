using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postcat;

namespace Estafeta.Tests.Commands.Postcat;

/// <summary>What postcat shows: numbers recorded from Postfix 3.7 for the same message, and messages that pickup has not taken yet.</summary>
public sealed class PostcatTests : IDisposable
{
    private const string Content =
        "Received: by mail.example.test (Postfix, from userid 0)\n\tid 2D46DB2E040; Wed, 25 Nov 2026 20:42:34 +0000 (UTC)\nSubject: hi\nMessage-ID: <x@y>\n"
        + "Date: Wed, 25 Nov 2026 20:42:34 +0000 (UTC)\nFrom: root <a@b.test>\n\nbody one\nbody two\n.\n";

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Show_TypesAndOffsets_AreThoseOfAQueueFile()
    {
        Assert.Equal(
            """
            *** ENVELOPE RECORDS deferred/2D46DB2E040 ***
                    0  67 message_size:             238             307               2               0             238               0
                   97  84 message_arrival_time: Wed Nov 25 20:42:34 2026
                  116  65 create_time: Wed Nov 25 20:42:34 2026
                  140  65 named_attribute: rewrite_context=local
                  163  70 sender_fullname: root
                  169  83 sender: a@b.test
                  179  65 named_attribute: dsn_orig_rcpt=rfc822;u@dest.test
                  213  79 original_recipient: u@dest.test
                  226  82 recipient: u@dest.test
                  239  65 named_attribute: dsn_orig_rcpt=rfc822;v@remote.test
                  275  79 original_recipient: v@remote.test
                  290  82 recipient: v@remote.test
                  305  77 *** MESSAGE CONTENTS deferred/2D46DB2E040 ***
                  307  78 Received: by mail.example.test (Postfix, from userid 0)
                  364  78 	id 2D46DB2E040; Wed, 25 Nov 2026 20:42:34 +0000 (UTC)
                  420  78 Subject: hi
                  433  78 Message-ID: <x@y>
                  452  78 Date: Wed, 25 Nov 2026 20:42:34 +0000 (UTC)
                  497  78 From: root <a@b.test>
                  520  78 
                  522  78 body one
                  532  78 body two
                  542  78 .
                  545  88 *** HEADER EXTRACTED deferred/2D46DB2E040 ***
                  547  69 *** MESSAGE FILE END deferred/2D46DB2E040 ***

            """,
            await ShowAsync("-do"));
    }

    [Theory]
    [InlineData("-b", "\nbody one\nbody two\n.\n")]
    [InlineData("-b -o", "      520 \n      522 body one\n      532 body two\n      542 .\n")]
    [InlineData("-b -s 523", "body two\n.\n")]
    [InlineData("-hb", Content)]
    [InlineData("-bf", "deferred/2D46DB2E040: \ndeferred/2D46DB2E040: body one\ndeferred/2D46DB2E040: body two\ndeferred/2D46DB2E040: .\n")]
    public async Task Show_Parts(string options, string expected) => Assert.Equal(expected, await ShowAsync(options));

    [Fact]
    public async Task Show_LineThatIsTooLong_IsSeveralRecords()
    {
        var page = new RecordPage(PostcatOptions.Read(["-b", "-d"]), "x");
        page.Content(Encoding.ASCII.GetBytes("\n" + new string('a', 2049) + "\nend"));

        Assert.Equal($" 78 \n 76 {new string('a', 2048)} 78 a\n 76 end", await TextAsync(page));
    }

    [Theory]
    [InlineData("-q", "MAILDROPID")]
    [InlineData("", "maildrop/MAILDROPID")]
    public async Task Message_InMaildrop_IsShown(string option, string operand)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "maildrop"));
        File.WriteAllText(Path.Combine(_directory, "main.cf"), $"queue_directory = {_directory}\ncompatibility_level = 3.12\n");
        File.WriteAllText(
            Path.Combine(_directory, "maildrop", "MAILDROPID"),
            "T16:1795639354177150\nA21:rewrite_context=local\nS8:a@b.test\nN1:1\nR11:u@dest.test\nC17:Subject: x\n\nbody\n\nR11:v@dest.test\nE0:\n");
        var output = new MemoryStream();
        var errors = new MemoryStream();

        var name = option.Length > 0 ? operand : Path.Combine(_directory, operand);
        var status = await PostcatProgram.RunAsync(["-c", _directory, "-d", .. option.Length > 0 ? (string[])[option] : [], name], new CommandStreams(Stream.Null, output, errors));

        Assert.Equal("", Encoding.UTF8.GetString(errors.ToArray()));
        Assert.Equal(0, status);
        var shown = option.Length > 0 ? "maildrop/" + operand : name;
        var time = DateTimeOffset.FromUnixTimeSeconds(1795639354).ToLocalTime();
        Assert.Equal(
            $"""
            *** ENVELOPE RECORDS {shown} ***
             84 message_arrival_time: {time:ddd MMM dd HH:mm:ss yyyy}
             65 named_attribute: rewrite_context=local
             83 sender: a@b.test
             65 named_attribute: notify_flags=1
             82 recipient: u@dest.test
             77 *** MESSAGE CONTENTS {shown} ***
             78 Subject: x
             78 
             78 body
             88 *** HEADER EXTRACTED {shown} ***
             82 recipient: v@dest.test
             69 *** MESSAGE FILE END {shown} ***

            """,
            Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task QueueId_ThatIsAPath_IsRefused()
    {
        File.WriteAllText(Path.Combine(_directory, "main.cf"), $"queue_directory = {_directory}\ncompatibility_level = 3.12\n");
        var errors = new MemoryStream();

        Assert.Equal(1, await PostcatProgram.RunAsync(["-c", _directory, "-q", "../etc"], new CommandStreams(Stream.Null, Stream.Null, errors)));
        Assert.Equal("postcat: fatal: bad mail queue ID: ../etc\n", Encoding.UTF8.GetString(errors.ToArray()));
    }

    private static Task<string> ShowAsync(string options)
    {
        var page = new RecordPage(PostcatOptions.Read(options.Split(' ')), "deferred/2D46DB2E040");
        page.Begin();
        page.Envelope("message_size", "            238             307               2               0             238               0");
        page.Envelope("message_arrival_time", "Wed Nov 25 20:42:34 2026");
        page.Envelope("create_time", "Wed Nov 25 20:42:34 2026");
        page.Envelope("named_attribute", "rewrite_context=local");
        page.Envelope("sender_fullname", "root");
        page.Envelope("sender", "a@b.test");
        foreach (var recipient in (string[])["u@dest.test", "v@remote.test"])
        {
            page.Envelope("named_attribute", "dsn_orig_rcpt=rfc822;" + recipient);
            page.Envelope("original_recipient", recipient);
            page.Envelope("recipient", recipient);
        }

        page.BeginContent();
        page.Content(Encoding.ASCII.GetBytes(Content));
        page.BeginExtracted();
        page.End();
        return TextAsync(page);
    }

    private static async Task<string> TextAsync(RecordPage page)
    {
        var output = new MemoryStream();
        await page.WriteToAsync(output);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
