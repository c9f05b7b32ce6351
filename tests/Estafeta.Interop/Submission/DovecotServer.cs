using System.Net.Sockets;
using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Submission;

/// <summary>A real Dovecot that does nothing but check passwords: joe's is <c>secret</c>.</summary>
internal static class DovecotServer
{
    public static string Require()
    {
        Assert.SkipWhen(Environment.UserName != "root", "Dovecot's master needs root");
        return ServerProcess.Require("/usr/sbin/dovecot");
    }

    /// <param name="directory">For its own files.</param>
    /// <param name="socket">Where smtpd_sasl_path leads.</param>
    public static async Task<ServerProcess> StartAsync(string directory, string socket)
    {
        var program = Require();
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "users"), "joe:{PLAIN}secret\n");
        await File.WriteAllTextAsync(Path.Combine(directory, "dovecot.conf"), $$"""
            base_dir = {{directory}}/run
            state_dir = {{directory}}/state
            log_path = {{directory}}/log
            protocols = none
            ssl = no
            auth_mechanisms = plain login cram-md5 scram-sha-256
            disable_plaintext_auth = no
            auth_failure_delay = 0
            passdb {
              driver = passwd-file
              args = {{directory}}/users
            }
            userdb {
              driver = static
              args = uid=65534 gid=65534 home=/tmp
            }
            service auth {
              unix_listener {{socket}} {
                mode = 0666
              }
            }

            """);
        return await ServerProcess.StartAsync(null, new UnixDomainSocketEndPoint(socket), program, "-F", "-c", Path.Combine(directory, "dovecot.conf"));
    }
}
