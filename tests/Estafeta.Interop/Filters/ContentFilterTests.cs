using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Filters;

/// <summary>After-queue content filters: a command behind pipe(8), and a server that gives the mail back.</summary>
public sealed class ContentFilterTests
{
    private const string Plain = "From: sender@example.org\nTo: you@example.test\nSubject: plain\nDate: Wed, 25 Nov 2026 12:00:00 +0000\nMessage-Id: <1@example.org>\n\nhello\n";

    [Fact]
    public Task SpamAssassin_ThroughPipeAndSendmail() => OwnNetwork.RunAsync(typeof(ContentFilterTests), async () =>
    {
        var spamd = ServerProcess.Require("/usr/sbin/spamd");
        var spamc = ServerProcess.Require("/usr/bin/spamc");
        await using var site = new FilterSite();
        await site.StartServerAsync(null, 783, spamd, "-L", "-x", "-u", "nobody", "-i", "127.0.0.1", "-p", "783", "-m", "1", "-s", "stderr", "--pidfile", Path.Combine(site.Folder, "spamd.pid"));
        var filter = site.Write("filter", $"#!/bin/sh\nMAIL_CONFIG=$(cat {{folder}}/config); export MAIL_CONFIG\n{spamc} -d 127.0.0.1 -x | $(cat {{folder}}/sendmail) -G -i \"$@\"\n", isProgram: true);
        site.StartMailSystem(
            "",
            $"spamassassin unix - n n - 10 pipe flags=Rq user=daemon null_sender= argv={filter} -f ${{sender}} -- ${{recipient}}\n");
        site.System.WriteMainCf("content_filter = spamassassin:dummy");
        site.Write("config", site.System.ConfigDirectory);
        site.Write("sendmail", Path.Combine(site.System.Root, "programs/sendmail"));
        var master = Path.Combine(site.System.ConfigDirectory, "master.cf");
        // Mail that comes back by pickup is not filtered again.
        await File.WriteAllTextAsync(master, (await File.ReadAllTextAsync(master)).Replace(" pickup\n", " pickup -o content_filter=\n", StringComparison.Ordinal));
        Assert.Equal((0, ""), site.System.Run("postfix", "reload"));
        site.System.WaitForLog("]: reload -- version ");

        // What set-gid postdrop is for; the programs of the test are not installed that way.
        foreach (var folder in new[] { "maildrop", "public" })
        {
            File.SetUnixFileMode(Path.Combine(site.System.QueueDirectory, folder), (UnixFileMode)0x1FF);
        }

        Assert.StartsWith("250 ", site.Send(Plain + FilterSite.Gtube + "\n"));
        var message = site.System.Delivered("you", 1)[0];
        Assert.Contains("\nX-Spam-Flag: YES\n", message);
        site.System.WaitForLog("relay=spamassassin, ");
    });

    [Fact]
    public Task EightBits_AreConvertedBeforeTheChecks_AndOverridesAreObeyed() => OwnNetwork.RunAsync(typeof(ContentFilterTests), async () =>
    {
        await using var site = new FilterSite();
        site.StartMailSystem("force_mime_input_conversion = yes\nbody_checks = pcre:{{/^raw/ REJECT raw}, {/caf=E9/ PREPEND seen}}\nlocal_recipient_maps = inline:{nobody=x}\nreceive_override_options = no_unknown_recipient_checks");
        Assert.StartsWith("250 ", site.Send(Plain.Replace("\n\nhello", "\nMIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\ncaf\u00e9", StringComparison.Ordinal)));
        var message = site.System.Delivered("you", 1)[0];
        Assert.Contains("\nContent-Transfer-Encoding: quoted-printable\n", message);
        Assert.EndsWith("\n\nseen\ncaf=E9\n", message, StringComparison.Ordinal);
    });

    [Fact]
    public Task Amavis_TakesTheMailAndGivesItBack() => OwnNetwork.RunAsync(typeof(ContentFilterTests), async () =>
    {
        await using var site = new FilterSite();
        await StartAmavisAsync(site);
        site.StartMailSystem("content_filter = amavis:[127.0.0.1]:10024\nreceive_override_options = no_address_mappings", """
            amavis unix - - n - 2 smtp -o smtp_data_done_timeout=1200 -o smtp_send_xforward_command=yes -o disable_dns_lookups=yes
            127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks,no_milters

            """);
        Assert.StartsWith("250 ", site.Send(Plain + "..dot\n"));
        var message = site.System.Delivered("you", 1)[0];
        Assert.Contains(", port 10024)", message);
        Assert.EndsWith("\n\nhello\n.dot\n", message, StringComparison.Ordinal);
        site.System.WaitForLog(", orig_client=");
    });

    [Fact]
    public Task Amavis_BeforeTheQueue() => OwnNetwork.RunAsync(typeof(ContentFilterTests), async () =>
    {
        await using var site = new FilterSite();
        await StartAmavisAsync(site);
        site.StartMailSystem("smtpd_proxy_filter = 127.0.0.1:10024\nsmtpd_proxy_options = speed_adjust", """
            127.0.0.1:10025 inet n - n - - smtpd -o smtpd_proxy_filter= -o smtpd_authorized_xforward_hosts=127.0.0.0/8

            """);
        Assert.Matches("^250 2.[06].0 .*queued as ", site.Send(Plain));
        Assert.EndsWith("\n\nhello\n", site.System.Delivered("you", 1)[0], StringComparison.Ordinal);
        site.System.WaitForLog("proxy-accept: END-OF-MESSAGE: 250 2.");
    });

    // Takes mail at port 10024 and gives it back at 10025.
    private static async Task StartAmavisAsync(FilterSite site)
    {
        var amavisd = ServerProcess.Require("/usr/sbin/amavisd", "/usr/sbin/amavisd-new");
        site.Write("amavisd.conf", """
            use strict;
            $max_servers = 1; $daemon_user = 'nobody'; $daemon_group = 'nogroup';
            $mydomain = 'example.test'; $myhostname = 'filter.example.test';
            $MYHOME = '{folder}/home'; $TEMPBASE = "$MYHOME/tmp"; $ENV{TMPDIR} = $TEMPBASE; $lock_file = "$MYHOME/lock"; $pid_file = "$MYHOME/pid"; $db_home = "$MYHOME/db";
            $QUARANTINEDIR = undef; $enable_db = 0; $enable_zmq = 0;
            $inet_socket_port = 10024; $inet_socket_bind = '127.0.0.1'; @inet_acl = qw(127.0.0.1);
            $forward_method = 'smtp:[127.0.0.1]:10025'; $notify_method = $forward_method;
            @bypass_virus_checks_maps = (1); @bypass_spam_checks_maps = (1); @bypass_banned_checks_maps = (1);
            $do_syslog = 0; $log_level = 0; $logfile = "$MYHOME/log";
            $enable_dkim_verification = 0; $enable_dkim_signing = 0; @local_domains_maps = (1);
            $X_HEADER_TAG = 'X-Virus-Scanned'; $X_HEADER_LINE = 'by a real Amavis';
            1;

            """);
        Directory.CreateDirectory(Path.Combine(site.Folder, "home/tmp"));
        Directory.CreateDirectory(Path.Combine(site.Folder, "home/db"));
        await ServerProcess.RunAsync(null, "", "chown", "-R", "nobody:nogroup", Path.Combine(site.Folder, "home"));
        await site.StartServerAsync(null, 10024, amavisd, "-c", Path.Combine(site.Folder, "amavisd.conf"), "foreground");
    }
}
