using System.Diagnostics;

namespace Estafeta.Bench.Auth;

/// <summary>A Dovecot that only checks passwords: joe's is <c>secret</c>.</summary>
internal sealed class Dovecot : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("estafeta-bench-dovecot-").FullName;
    private readonly Process _process;

    public Dovecot()
    {
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
        File.WriteAllText(Path.Combine(_folder, "users"), "joe:{PLAIN}secret\n");
        var configuration = Path.Combine(_folder, "dovecot.conf");
        File.WriteAllText(configuration, $$"""
            base_dir = {{_folder}}/run
            state_dir = {{_folder}}/state
            log_path = {{_folder}}/log
            protocols = none
            ssl = no
            auth_mechanisms = plain
            disable_plaintext_auth = no
            passdb {
              driver = passwd-file
              args = {{_folder}}/users
            }
            userdb {
              driver = static
              args = uid=65534 gid=65534 home=/tmp
            }
            service auth {
              client_limit = 2000
              unix_listener {{Socket}} {
                mode = 0666
              }
            }

            """);
        _process = Process.Start("/usr/sbin/dovecot", ["-F", "-c", configuration]);
        while (!File.Exists(Socket) && !_process.HasExited)
        {
            Thread.Sleep(50);
        }
    }

    public string Socket => Path.Combine(_folder, "auth");

    public void Dispose()
    {
        Process.Start("/bin/kill", [$"{_process.Id}"]).WaitForExit();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
