using System.Net;
using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Submission;

/// <summary>GSSAPI with a real Kerberos realm: our client logs in to our server, behind which is libsasl2 with MIT's plug-in.</summary>
public sealed class KerberosTests
{
    private const string Realm = "EXAMPLE.TEST";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_ProvesItselfByATicket()
    {
        Assert.SkipWhen(Environment.UserName != "root", "writes files that daemons of other users read");
        ServerProcess.Require("/usr/lib/x86_64-linux-gnu/sasl2/libgssapiv2.so", "/usr/lib/aarch64-linux-gnu/sasl2/libgssapiv2.so");
        var files = Directory.CreateTempSubdirectory("estafeta-kerberos");
        try
        {
            File.SetUnixFileMode(files.FullName, (UnixFileMode)0x1ED);
            await using var kdc = await StartRealmAsync(files.FullName);
            var environment = $"KRB5_CONFIG={files.FullName}/krb5.conf";
            await File.WriteAllTextAsync(
                Path.Combine(files.FullName, "smtpd.conf"), $"pwcheck_method: auxprop\nmech_list: GSSAPI\nkeytab: {files.FullName}/keytab\n", Token);
            using var server = new MailSystem(
                $"myhostname = localhost\nsmtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = cyrus\ncyrus_sasl_config_path = {files.FullName}\n"
                + $"smtpd_client_restrictions = permit_sasl_authenticated, reject\nimport_environment = {environment} KRB5_KTNAME={files.FullName}/keytab\n");
            server.Start();
            using var client = new MailSystem(
                $"mydomain = client.test\nmyorigin = client.test\nvirtual_mailbox_domains = client.test\nsmtp_host_lookup = native\n"
                + $"relayhost = [localhost]:{server.Port}\nsmtp_address_preference = ipv4\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = static:joe\n"
                + "smtp_sasl_security_options = noanonymous, noplaintext\nsmtp_sasl_mechanism_filter = gssapi\n"
                + $"import_environment = {environment} KRB5CCNAME=FILE:{files.FullName}/tickets\n");
            client.Start();
            client.Run("sendmail", ["-f", "joe@client.test", "you@" + MailSystem.Domain], "Subject: by ticket\n\nHello\n");
            client.WaitForLog("status=");
            Assert.True(client.Log.Contains("status=sent", StringComparison.Ordinal), client.Log + server.Log);
            server.WaitForLog("sasl_method=GSSAPI, sasl_username=joe");
            Assert.Contains("Subject: by ticket\n", Assert.Single(server.Delivered("you", 1)), StringComparison.Ordinal);
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }

    // A realm with the user joe, who has a ticket, and the service smtp/localhost.
    private static async Task<ServerProcess> StartRealmAsync(string directory)
    {
        var port = FreePort.Take();
        var krb5 = Path.Combine(directory, "krb5.conf");
        await File.WriteAllTextAsync(krb5, $$"""
            [libdefaults]
              default_realm = {{Realm}}
              dns_lookup_kdc = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{Realm}} = {
                kdc = 127.0.0.1:{{port}}
              }
            [domain_realm]
              localhost = {{Realm}}

            """, Token);
        var kdc = Path.Combine(directory, "kdc.conf");
        await File.WriteAllTextAsync(kdc, $$"""
            [kdcdefaults]
              kdc_listen = ""
              kdc_tcp_listen = 127.0.0.1:{{port}}
            [realms]
              {{Realm}} = {
                database_name = {{directory}}/principal
                key_stash_file = {{directory}}/stash
                acl_file = {{directory}}/acl
              }

            """, Token);
        string[] env = ["/usr/bin/env", $"KRB5_CONFIG={krb5}", $"KRB5_KDC_PROFILE={kdc}"];
        await RunAsync(ServerProcess.Require("/usr/sbin/kdb5_util"), "create", "-s", "-P", "master", "-r", Realm);
        var kadmin = ServerProcess.Require("/usr/sbin/kadmin.local");
        await RunAsync(kadmin, "-r", Realm, "addprinc", "-randkey", "smtp/localhost");
        await RunAsync(kadmin, "-r", Realm, "addprinc", "-randkey", "joe");
        await RunAsync(kadmin, "-r", Realm, "ktadd", "-k", directory + "/keytab", "smtp/localhost");
        await RunAsync(kadmin, "-r", Realm, "ktadd", "-k", directory + "/joe.keytab", "joe");
        var process = await ServerProcess.StartAsync(
            null, new IPEndPoint(IPAddress.Loopback, port), [.. env, ServerProcess.Require("/usr/sbin/krb5kdc"), "-n", "-P", directory + "/pid"]);
        await RunAsync(ServerProcess.Require("/usr/bin/kinit"), "-c", directory + "/tickets", "-k", "-t", directory + "/joe.keytab", "joe");

        // The daemons run as another user.
        File.SetUnixFileMode(directory + "/tickets", (UnixFileMode)0x1B6);
        File.SetUnixFileMode(directory + "/keytab", (UnixFileMode)0x1B6);
        return process;

        Task RunAsync(params string[] command) => ServerProcess.RunAsync(null, "", [.. env, .. command]);
    }
}
