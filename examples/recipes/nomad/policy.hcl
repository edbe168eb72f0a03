# All that target.js needs in the namespace of the job: nomad acl policy apply phased-rollback policy.hcl
namespace "default" {
  capabilities = ["read-job", "submit-job"]

  variables {
    path "phased-rollback/*" {
      capabilities = ["read", "write"]
    }
  }
}
