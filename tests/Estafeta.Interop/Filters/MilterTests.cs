using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Filters;

/// <summary>Milters of other people, as Debian packages them.</summary>
public sealed class MilterTests
{
    private const string Plain = "From: sender@example.org\nTo: you@example.test\nSubject: plain\nDate: Wed, 25 Nov 2026 12:00:00 +0000\nMessage-Id: <1@example.org>\n\nhello\n";

    [Fact]
    public Task OpenDkim_SignsSimpleSimple_AndTheSignatureSurvives() => OwnNetwork.RunAsync(typeof(MilterTests), async () =>
    {
        var opendkim = ServerProcess.Require("/usr/sbin/opendkim");
        await using var site = new FilterSite();
        await ServerProcess.RunAsync(null, "", "openssl", "genrsa", "-out", Path.Combine(site.Folder, "key"), "2048");
        var publicKey = Path.Combine(site.Folder, "public");
        await ServerProcess.RunAsync(null, "", "openssl", "rsa", "-in", Path.Combine(site.Folder, "key"), "-pubout", "-outform", "DER", "-out", publicKey);
        site.Write("keys", $"s1._domainkey.example.org v=DKIM1; k=rsa; p={Convert.ToBase64String(await File.ReadAllBytesAsync(publicKey))}\n");
        site.Write("sign.conf", """
            Mode s
            Canonicalization simple/simple
            Domain example.org
            Selector s1
            KeyFile {folder}/key
            RequireSafeKeys no
            InternalHosts 127.0.0.1
            Background no
            LogWhy yes

            """);
        site.Write("verify.conf", """
            Mode v
            TestPublicKeys {folder}/keys
            AuthservID verifier.example.test
            Background no
            InternalHosts /dev/null

            """);
        await site.StartServerAsync(null, 8891, opendkim, "-f", "-x", Path.Combine(site.Folder, "sign.conf"), "-p", "inet:8891@127.0.0.1");
        await site.StartServerAsync(null, 8892, opendkim, "-f", "-x", Path.Combine(site.Folder, "verify.conf"), "-p", "inet:8892@127.0.0.1");
        site.StartMailSystem(
            "smtpd_milters = inet:127.0.0.1:8891\ncontent_filter = smtp:[127.0.0.1]:10025\nmilter_default_action = tempfail",
            "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_milters=inet:127.0.0.1:8892\n");
        var content = "Received: from elsewhere\n\tby here; Wed, 25 Nov 2026 12:00:00 +0000\nFrom: sender@example.org\nTo: you@example.test,\n  another@example.test\nSubject:  two blanks  \n\tand a fold \t\n"
            + "X-Latin: caf\u00e9\nDate: Wed, 25 Nov 2026 12:00:00 +0000\nMessage-Id: <1@example.org>\n\n..dot\n...\nblanks at the end  \n\t\n\u00ff\u00e9 8 bit\n" + new string('x', 900) + "\n\n\n";
        Assert.StartsWith("250 2.0.0 Ok: queued as ", site.Send(content));
        var message = site.System.Delivered("you", 1)[0];
        Assert.Contains("dkim=pass", message);
        Assert.Contains("c=simple/simple", message);
        Assert.Contains("Authentication-Results: verifier.example.test;", message);
    });

    [Fact]
    public Task Rspamd_RejectsSpamAndLeavesTheRest() => OwnNetwork.RunAsync(typeof(MilterTests), async () =>
    {
        var rspamd = ServerProcess.Require("/usr/bin/rspamd");
        await using var site = new FilterSite();
        site.Write("rspamd.conf", """
            options { pidfile = "{folder}/pid"; filters = ""; cache_file = "{folder}/cache"; history_file = "{folder}/history"; tempdir = "{folder}"; hs_cache_dir = "{folder}"; dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1; retransmits = 1; } }
            logging { type = "file"; filename = "{folder}/log"; level = "info"; }
            actions { reject = 15; rewrite_subject = 8; add_header = 6; }
            worker "rspamd_proxy" { bind_socket = "127.0.0.1:11332"; milter = yes; timeout = 20s; count = 1; upstream "local" { default = yes; self_scan = yes; } }

            """);
        await site.StartServerAsync(null, 11332, rspamd, "-f", "-i", "-c", Path.Combine(site.Folder, "rspamd.conf"));
        site.StartMailSystem("smtpd_milters = inet:127.0.0.1:11332\nmilter_default_action = tempfail\nmilter_protocol = 6");
        Assert.Matches("^554 5.7.1 Gtube pattern", site.Send(Plain + FilterSite.Gtube + "\n"));
        site.System.WaitForLog(": milter-reject: END-OF-MESSAGE from ");
        Assert.StartsWith("250 ", site.Send(Plain));
        Assert.EndsWith("\n\nhello\n", Assert.Single(site.System.Delivered("you", 1)), StringComparison.Ordinal);
    });

    [Fact]
    public Task Rspamd_AddsAndChangesHeaders() => OwnNetwork.RunAsync(typeof(MilterTests), async () =>
    {
        var rspamd = ServerProcess.Require("/usr/bin/rspamd");
        await using var site = new FilterSite();
        site.Write("rspamd.conf", """
            options { pidfile = "{folder}/pid"; filters = "regexp"; cache_file = "{folder}/cache"; history_file = "{folder}/history"; tempdir = "{folder}"; hs_cache_dir = "{folder}"; dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1; retransmits = 1; } }
            logging { type = "file"; filename = "{folder}/log"; level = "info"; }
            actions { reject = 15; rewrite_subject = 8; add_header = 6; subject = "*** %s"; }
            regexp {
                SUSPICIOUS { re = "Subject=/suspicious/i{header}"; score = 7.0; }
                WORSE { re = "Subject=/very/i{header}"; score = 2.0; }
            }
            worker "rspamd_proxy" { bind_socket = "127.0.0.1:11332"; milter = yes; timeout = 20s; count = 1; spam_header = "X-Spam"; upstream "local" { default = yes; self_scan = yes; } }

            """);
        await site.StartServerAsync(null, 11332, rspamd, "-f", "-i", "-c", Path.Combine(site.Folder, "rspamd.conf"));
        site.StartMailSystem("smtpd_milters = inet:127.0.0.1:11332\nmilter_default_action = tempfail\nmilter_protocol = 6");
        foreach (var subject in new[] { "plain", "suspicious", "very suspicious" })
        {
            Assert.StartsWith("250 ", site.Send(Plain.Replace("Subject: plain", "Subject: " + subject, StringComparison.Ordinal)));
        }

        var messages = site.System.Delivered("you", 3);
        Assert.DoesNotContain("X-Spam", Assert.Single(messages, m => m.Contains("\nSubject: plain\n", StringComparison.Ordinal)));
        Assert.Contains("\nX-Spam: Yes\n", Assert.Single(messages, m => m.Contains("\nSubject: suspicious\n", StringComparison.Ordinal)));
        Assert.Single(messages, m => m.Contains("\nSubject: *** very suspicious\n", StringComparison.Ordinal));
    });

    [Fact]
    public Task ClamavMilter_RejectsAVirus() => OwnNetwork.RunAsync(typeof(MilterTests), async () =>
    {
        var clamd = ServerProcess.Require("/usr/sbin/clamd");
        var milter = ServerProcess.Require("/usr/sbin/clamav-milter");
        await using var site = new FilterSite();
        site.Write("db/test.ndb", $"Estafeta.Test:0:*:{Convert.ToHexString("ESTAFETA-VIRUS-TEST"u8).ToLowerInvariant()}\n");
        site.Write("clamd.conf", "DatabaseDirectory {folder}/db\nLocalSocket {folder}/clamd.sock\nForeground yes\nPidFile {folder}/clamd.pid\n");
        site.Write("milter.conf", "MilterSocket inet:11333@127.0.0.1\nClamdSocket unix:{folder}/clamd.sock\nForeground yes\nOnInfected Reject\nRejectMsg Virus %v found\nAddHeader Replace\n");
        await site.StartServerAsync(null, Path.Combine(site.Folder, "clamd.sock"), clamd, "-c", Path.Combine(site.Folder, "clamd.conf"));
        await site.StartServerAsync(null, 11333, milter, "-c", Path.Combine(site.Folder, "milter.conf"));
        site.StartMailSystem("smtpd_milters = inet:127.0.0.1:11333\nmilter_default_action = tempfail");
        Assert.Matches("^550 5.7.1 Virus Estafeta.Test.UNOFFICIAL found", site.Send(Plain + "ESTAFETA-VIRUS-TEST\n"));
        Assert.StartsWith("250 ", site.Send(Plain));
        Assert.Contains("\nX-Virus-Status: Clean\n", site.System.Delivered("you", 1)[0]);
    });

    [Fact]
    public Task SpamassMilter_MarksAndRejects() => OwnNetwork.RunAsync(typeof(MilterTests), async () =>
    {
        var spamd = ServerProcess.Require("/usr/sbin/spamd");
        var milter = ServerProcess.Require("/usr/sbin/spamass-milter");
        await using var site = new FilterSite();
        await site.StartServerAsync(null, 783, spamd, "-L", "-x", "-u", "nobody", "-i", "127.0.0.1", "-p", "783", "-m", "1", "-s", "stderr", "--pidfile", Path.Combine(site.Folder, "spamd.pid"));
        await site.StartServerAsync(null, 11334, milter, "-p", "inet:11334@127.0.0.1", "-r", "100");
        site.StartMailSystem("smtpd_milters = inet:127.0.0.1:11334\nmilter_default_action = tempfail\nmilter_connect_macros = j {daemon_name} v _ {if_name} {if_addr}\nmilter_mail_macros = i {auth_type} {auth_authen} {mail_addr} {mail_host}");
        Assert.Matches("^550 5.7.1 Blocked by SpamAssassin", site.Send(Plain + FilterSite.Gtube + "\n"));
        Assert.StartsWith("250 ", site.Send(Plain));
        Assert.Contains("\nX-Spam-Status: ", site.System.Delivered("you", 1)[0]);
    });
}
